"""Real processes, killed, stopped and cut off: what is promised holds."""
