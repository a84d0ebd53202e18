"""The sites issues are collected from; each file knows one kind."""
