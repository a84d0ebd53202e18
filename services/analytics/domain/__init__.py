"""What the numbers mean: pure expressions over frames (docs/metrics.md)."""
