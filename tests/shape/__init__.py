"""Holds the tree to its shape: sizes, declarations, pages that a machine keeps honest."""
