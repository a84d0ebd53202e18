"""The product's calls, typed and asynchronous, as whoever is signed in."""

from client.api.client import Client

__all__ = ["Client"]
