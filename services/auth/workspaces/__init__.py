"""Workspaces: what they are called, who belongs to them, and who is invited."""
