"""Workspaces, their members, invitations, and keys for machines."""
