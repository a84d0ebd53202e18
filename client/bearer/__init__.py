"""Whose access token a call carries: a person's by their session, or a machine's by its key."""
