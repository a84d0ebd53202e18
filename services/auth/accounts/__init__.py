"""People: signing up, signing in, passwords, and what they may do with their own account."""
