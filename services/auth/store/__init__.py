"""What auth keeps in MongoDB; every read and write finds its document by `_id`.

Uniqueness rests on `_id` alone, so that it holds on a cluster whose collections are sharded by it.
"""
