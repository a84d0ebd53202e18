"""Suites that hold every implementation of a port, and the twin, to one behaviour."""
