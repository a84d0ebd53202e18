"""What the other services ask of auth."""
