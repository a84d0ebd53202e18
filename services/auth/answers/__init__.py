"""Answers, packed into the contract's messages."""
