"""What auth keeps in MongoDB; what is not a list is found by its `_id`.

Uniqueness rests on `_id` alone, so that it holds on a cluster whose collections are sharded by it.
"""
