"""Machines: the keys that admins make for them, and the tokens they get for those."""
