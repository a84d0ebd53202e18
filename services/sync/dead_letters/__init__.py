"""Dead letters: what is left of jobs that ended badly for good, listed and replayed."""
