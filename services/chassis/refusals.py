"""What is refused stands in the audit: alike refusals of a minute as one event, counted."""

from collections.abc import Awaitable, Callable

from bson.datetime_ms import DatetimeMS
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from services.chassis.access import NoteRefusal
from services.chassis.clock import Clock
from services.chassis.mongo import Document
from services.kernel.audit import Actor, AuditEvent, document_of_event, event, together


async def count_refusal(
    waiting: AsyncCollection[Document], refused: AuditEvent, **kept: DatetimeMS
) -> None:
    """Count a refusal in the event that waits for such, or have that wait from now on.

    `kept` is kept beside the event.
    """
    one = together(refused)
    document = {**document_of_event(refused), **kept, "due": one.due}
    del document["_id"]
    change = {"$setOnInsert": document, "$inc": {"times": 1}}
    try:
        await waiting.update_one({"_id": one.event_id}, change, upsert=True)
    except DuplicateKeyError:
        # Another process has begun it since the server looked.
        await waiting.update_one({"_id": one.event_id}, change)


def noting_calls(refuse: Callable[[AuditEvent], Awaitable[None]], clock: Clock) -> NoteRefusal:
    """Note calls that were refused at the door."""

    async def note(actor: Actor, called: str, reason: str) -> None:
        await refuse(
            event(actor, "call.refuse", now=clock(), succeeded=False, method=called, reason=reason)
        )

    return note
