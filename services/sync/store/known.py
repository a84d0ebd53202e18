"""What is kept with a connection of what runs learned of its site, read from its document."""

from collections.abc import Mapping
from typing import Any

from services.sync.domain.fields import set_of_document
from services.sync.domain.unshown import unseen_of


def known_of(own: Mapping[str, Any]) -> dict[str, Any]:
    """Give it by the names it has in a connection; all of it is absent before a run learned it."""
    return {
        "statuses_read": own.get("statuses_read"),
        "fields": set_of_document(own.get("fields")),
        "fields_read": own.get("fields_read"),
        "unseen": unseen_of(own.get("hidden", ())),
        "digested": own.get("digested"),
    }
