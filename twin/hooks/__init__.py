"""Webhooks that an administrator registers: signed, retried, and late or lost when asked for."""
