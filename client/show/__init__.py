"""Answers as tables and bars, in words for people who decide and not for those who build."""
