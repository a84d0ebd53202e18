"""How much of each site's limits is left for whom: told by one Redis to all workers."""
