"""Rows, checkpoints and ends of audits as MongoDB documents, and back."""

from typing import Final

from bson.datetime_ms import DatetimeMS

from services.auth.domain.audit_chain import Checkpoint, Row, Segment, SignedCheckpoint
from services.chassis.mongo import Document
from services.kernel.audit import document_of_event, event_of_document
from services.kernel.ids import WorkspaceId

DIGITS: Final = 12


def place_of(workspace_id: WorkspaceId, sequence: int) -> str:
    """Make the `_id` of what has a sequence: each is taken once."""
    return f"{workspace_id}:{sequence:0{DIGITS}}"


def document_of_row(row: Row) -> Document:
    """Turn a row into its document."""
    return {
        **document_of_event(row.event),
        "_id": place_of(row.event.workspace_id, row.sequence),
        "event_id": row.event.event_id,
        "sequence": row.sequence,
        "segment": row.segment,
        "previous_hash": row.previous_hash,
        "hash": row.hash,
        "expires_at": DatetimeMS(row.expires),
    }


def row_of(document: Document) -> Row:
    """Turn a document back into the row it was made of."""
    return Row(
        sequence=document["sequence"],
        segment=document["segment"],
        event=event_of_document({**document, "_id": document["event_id"]}),
        previous_hash=document["previous_hash"],
        hash=document["hash"],
        expires=int(DatetimeMS(document["expires_at"])),
    )


def document_of_checkpoint(signed: SignedCheckpoint) -> Document:
    """Turn a checkpoint into its document, without `_id`."""
    one = signed.checkpoint
    return {
        "workspace_id": one.workspace_id,
        "month": one.segment.month,
        "number": one.segment.number,
        "first_sequence": one.segment.first_sequence,
        "last_sequence": one.last_sequence,
        "last_hash": one.last_hash,
        "previous": one.previous,
        "created": one.created,
        "open": one.open,
        "signature": signed.signature,
    }


def checkpoint_of(document: Document) -> SignedCheckpoint:
    """Turn a document back into the checkpoint it was made of."""
    checkpoint = Checkpoint(
        workspace_id=WorkspaceId(document["workspace_id"]),
        segment=Segment(document["month"], document["number"], document["first_sequence"]),
        last_sequence=document["last_sequence"],
        last_hash=document["last_hash"],
        previous=document["previous"],
        created=document["created"],
        open=document["open"],
    )
    return SignedCheckpoint(checkpoint, document["signature"])
