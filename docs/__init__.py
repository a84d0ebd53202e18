"""The documents, and the program that writes those of them that a machine keeps honest."""
