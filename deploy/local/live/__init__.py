"""`make demo LIVE=1`: a site's history goes on, and the summary moves with it."""
