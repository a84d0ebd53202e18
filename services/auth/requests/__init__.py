"""Requests, parsed into values that cannot be wrong, or refused with the field's name."""
