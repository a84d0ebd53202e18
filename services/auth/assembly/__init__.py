"""How the methods of each area are built; only the main program knows these."""
