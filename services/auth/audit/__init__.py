"""What was done in each workspace, kept so that a change of it is found."""
