"""The keys that sign access tokens, from their making until they are gone."""
