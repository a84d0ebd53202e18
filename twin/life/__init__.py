"""People at work on a site: edits by seed, and whole sites that such edits made."""
