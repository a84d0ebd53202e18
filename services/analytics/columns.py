"""Reads issue documents straight into columns: no object an issue is made on the way."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from services.analytics.domain.facts import CHANGE_COLUMNS, NEVER, Facts
from services.kernel.documents import Document

# What a snapshot needs of an issue's document; the less is asked for, the less is decoded.
FIELDS = (
    "issue_id",
    "seq",
    "project_key",
    "type_name",
    "subtask",
    "hierarchy_level",
    "status_id",
    "status_name",
    "assignee_id",
    "assignee_name",
    "created",
    "updated",
    "deleted",
    "changes",
)
_ISSUE_TEXTS = {
    "project": "project_key",
    "issue_type": "type_name",
    "status": "status_id",
    "status_name": "status_name",
    "assignee": "assignee_id",
    "assignee_name": "assignee_name",
}
_PACKED = ("at", "history", "item", "field", "from", "from_name", "to", "to_name")


def facts_of(documents: Sequence[Document]) -> Facts:
    """Turn documents of issues into facts, one row a document, in their order."""
    return Facts(_issues(documents), _changes(documents))


def _issues(documents: Sequence[Document]) -> pl.DataFrame:
    in_flow = [
        not document["subtask"] and document["hierarchy_level"] < 1 for document in documents
    ]
    never_if_none = [document["deleted"] for document in documents]
    columns: dict[str, pl.Series] = {
        "issue_id": _column(documents, "issue_id", pl.String()),
        "seq": _column(documents, "seq", pl.Int64()),
        "in_flow": pl.Series(in_flow, dtype=pl.Boolean),
        **{name: _column(documents, field, pl.String()) for name, field in _ISSUE_TEXTS.items()},
        "created": _column(documents, "created", pl.Int64()),
        "updated": _column(documents, "updated", pl.Int64()),
        "deleted": pl.Series(never_if_none, dtype=pl.Int64).fill_null(NEVER),
    }
    return pl.DataFrame(columns)


def _column(documents: Sequence[Document], field: str, kind: pl.DataType) -> pl.Series:
    return pl.Series([document[field] for document in documents], dtype=kind)


def _changes(documents: Sequence[Document]) -> pl.DataFrame:
    columns: dict[str, list[Any]] = {name: [] for name in _PACKED}
    rows: list[int] = []
    for row, document in enumerate(documents):
        packed = document["changes"]
        rows.extend([row] * len(packed["at"]))
        for name, column in columns.items():
            column.extend(packed[name])
    return pl.DataFrame({"issue": rows, **columns}, schema=CHANGE_COLUMNS)
