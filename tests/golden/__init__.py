"""Recorded answers over the bundled issues: a reader reads the diff."""
