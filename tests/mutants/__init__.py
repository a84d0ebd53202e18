"""Small patches that break a promise, each with the test that must turn red on it."""
