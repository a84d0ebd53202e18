"""What is stored, all of it: for tests that say what is left, or that nothing was touched."""

from typing import Any

from services.chassis.mongo import Database

Stored = dict[str, list[dict[str, Any]]]


async def everything(database: Database) -> Stored:
    """Give every document by its collection; collections that are empty are left out."""
    names = sorted(await database.list_collection_names())
    found = {name: await database[name].find({}).sort("_id").to_list() for name in names}
    return {name: documents for name, documents in found.items() if documents}


def of_workspace(stored: Stored, workspace: str, *ids: str) -> Stored:
    """Pick the documents of a workspace, or of its connections and jobs."""
    marks = (workspace, *ids)
    picked = {
        name: [document for document in documents if any(mark in str(document) for mark in marks)]
        for name, documents in stored.items()
    }
    return {name: documents for name, documents in picked.items() if documents}
