"""Stays from signing in until signing out, and the tokens that keep them up."""
