"""Accounts, workspaces, and the tokens that stand for a person in a workspace."""
