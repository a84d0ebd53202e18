"""docs/audit.md can be followed by those who have nothing else."""

import hashlib
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from client.audit_verification import hash_of
from jira_analytics.auth.v1.workspace_pb2 import AuditEvent
from services.auth.domain import audit_chain
from services.kernel.audit import Action
from services.kernel.audit import AuditEvent as Event
from services.kernel.ids import WorkspaceId
from tests.unit.audit_examples import Audit, occurred

SERVICES = Path(__file__).parents[2] / "services"
PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()


def example() -> tuple[str, str]:
    """Take the page's example and its hash."""
    found = re.search(r"```json\n(.+)\n```\n\n```text\n(.+)\n```", PAGE)
    assert found is not None
    return found[1], found[2]


def test_the_example_has_the_hash_that_the_page_says() -> None:
    """As text, as auth computes it, and as the client does."""
    text, digest = example()
    said = json.loads(text)
    assert hashlib.sha256(text.encode()).hexdigest() == digest
    event = Event(
        event_id=said["id"],
        workspace_id=WorkspaceId(said["workspace_id"]),
        occurred=said["event_time"],
        **{name: said[name] for name in ("action", "actor_id", "target_id", "details")},
        address_prefix=said["address_prefix"],
        trace_id=said["trace_id"],
    )
    place = {name: said[name] for name in ("sequence", "segment", "previous_hash")}
    assert audit_chain.hash_of(event, **place) == digest
    shown = AuditEvent(
        result=AuditEvent.SUCCEEDED,
        **{
            name: said[name]
            for name in said
            if name not in {"event_time", "result", "workspace_id"}
        },
    )
    shown.event_time.FromMilliseconds(said["event_time"])
    assert hash_of(shown, said["workspace_id"]) == digest


def test_every_field_of_an_event_is_in_its_hash() -> None:
    """What the contract shows of an event is what is hashed, but the hash itself."""
    names = {field.name for field in AuditEvent.DESCRIPTOR.fields}
    assert json.loads(example()[0]).keys() == names - {"hash"} | {"workspace_id"}


def test_the_page_names_what_is_signed() -> None:
    audit = Audit()
    audit.grow([occurred(1)])
    assert audit.head is not None
    claims = json.loads(audit.head.checkpoint.claims)
    table = PAGE.partition("| member | what |")[2].partition("\n\n")[0]
    members = re.findall(r"`(\w+)`", "\n".join(row.split("|")[1] for row in table.splitlines()[2:]))
    assert sorted(members) == sorted(claims)


def test_the_page_lists_every_action() -> None:
    """What the code calls what is done is what the page explains, and nothing is left over."""
    table = PAGE.partition("| action | when | refused |")[2].partition("\n\n")[0]
    first_cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    listed = re.findall(r"`([a-z_]+\.[a-z_]+)`", "\n".join(first_cells))
    assert sorted(listed) == sorted(get_args(Action))


@pytest.mark.parametrize("action", get_args(Action))
def test_every_action_is_done_somewhere(action: str) -> None:
    """No action is only a name."""
    code = [path for path in SERVICES.rglob("*.py") if path.name != "audit.py"]
    assert any(f'"{action}"' in path.read_text() for path in code)
