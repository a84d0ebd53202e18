"""What every test may ask for."""

from tests.stores import cache_url, mongo_database, mongo_url, queue_url

__all__ = ["cache_url", "mongo_database", "mongo_url", "queue_url"]
