"""The product from a terminal and from Python: typed calls, and their answers as tables."""
