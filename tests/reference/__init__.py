"""The metrics counted the slow, obvious way, so that the fast way has something to be equal to.

Everything here is loops over lists of raw issues, written from the metrics' definitions alone;
nothing of ``services`` is imported. ``python -m tests.reference`` prints the ten fixed windows.
"""
