"""What accounts, sessions and claims are and which rules they keep, pure."""
