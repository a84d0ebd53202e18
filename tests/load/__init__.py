"""Programs that measure; each prints min, median and max, and the machine."""
