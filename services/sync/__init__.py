"""Collects what companies' sites hold, without losing an edit, and says how complete it is."""
