"""What sync keeps in MongoDB; calls are scoped to a workspace, a run's writes are fenced."""
