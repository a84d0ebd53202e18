"""Answers how work flows, from columnar snapshots of a connection's issues and two caches."""
