"""What is held of a person is read in pages, each along an index, however much it is."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pymongo import AsyncMongoClient, monitoring

from services.auth.accounts import export_account
from services.auth.accounts.export_account import Complete, ExportAccount
from services.auth.domain.account import Membership
from services.auth.domain.api_key import ApiKey
from services.auth.domain.audit_chain import Row
from services.auth.domain.email import Email
from services.auth.domain.invite import Invite
from services.auth.domain.session import Digest, Session
from services.auth.domain.site_credential import SiteCredential
from services.auth.store.api_key_documents import document_of_api_key
from services.auth.store.audit_documents import document_of_row
from services.auth.store.audit_inbox import AuditInbox, waiting_document
from services.auth.store.audit_log import AuditLog
from services.auth.store.collections import make_indexes
from services.auth.store.invites import document_of_invite
from services.auth.store.own_data import OwnDataStore
from services.auth.store.session_documents import document_of_session
from services.chassis.mongo import Database, Document
from services.kernel.audit import AuditEvent, event
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Role, Scope
from tests.unit.auth_examples import NOW, USER, WORKSPACE, acting, beginning, membership

MANY, PAGE = 25, 4
OWNERS = {"user_id", "creator_id", "inviter_id", "email", "actor_id"}


@dataclass
class Finds(monitoring.CommandListener):
    """Remembers what was asked of the store."""

    asked: list[dict[str, Any]] = field(default_factory=list)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name == "find":
            self.asked.append(dict(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


class Elsewhere:
    """The person, in one workspace, and no credential at any site."""

    async def memberships(self, _user_id: UserId) -> list[Membership]:
        return [membership()]

    async def site_credentials(self, _workspace_ids: object, _email: Email) -> list[SiteCredential]:
        return []


@pytest.fixture
def finds() -> Finds:
    return Finds()


@pytest.fixture
async def database(mongo_url: str, mongo_database: str, finds: Finds) -> AsyncIterator[Database]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_url, event_listeners=[finds])
    async with client:
        await make_indexes(client[mongo_database])
        yield client[mongo_database]


def done(number: int) -> AuditEvent:
    told = event(acting(), "member.update", now=NOW)
    return replace(told, event_id=f"evt_{number}")


def documents(number: int) -> dict[str, list[Document]]:
    """Make one of each kind; the first two of each are of the same moment."""
    began = beginning(f"ses_{number:02}").session
    created = NOW + max(number, 1)
    key = ApiKey(
        f"key_{number}",
        WORKSPACE,
        "CI",
        "ja_",
        Digest("0"),
        frozenset({Scope.SYNC_READ}),
        USER,
        created,
    )
    sent = Invite(
        f"inv_{number}", WORKSPACE, Email(f"{number}@x.example"), Role.VIEWER, USER, created
    )
    there = WorkspaceId(f"wsp_{number}")
    taken = Invite(f"inb_{number}", there, Email("a@example.com"), Role.VIEWER, "usr_2", created)
    row = Row(number + 1, "2027-01.1", done(number), "0" * 64, "0" * 64, NOW * 2)
    return {
        "sessions": [document_of_session(replace(began, created=created))],
        "api_keys": [document_of_api_key(key)],
        "invites": [document_of_invite(sent), document_of_invite(taken)],
        "audit": [document_of_row(row)],
        "audit_inbox": [waiting_document(done(number + MANY))],
    }


async def fill(database: Database) -> None:
    for number in range(MANY):
        for name, made in documents(number).items():
            await database[name].insert_many(made)


def export(database: Database) -> ExportAccount:
    return ExportAccount(
        Elsewhere(),
        OwnDataStore(database),
        AuditLog(database),
        Elsewhere(),
        AuditInbox(database),
        lambda: NOW,
    )


async def test_everything_comes_once_in_pages(
    database: Database, finds: Finds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each record once, and no answer of the store holds more than a page and a row."""
    monkeypatch.setattr(export_account, "AT_ONCE", PAGE)
    await fill(database)
    finds.asked.clear()
    records = [record async for record in export(database)(acting())]
    kinds = {kind: [one for one in records if isinstance(one, kind)] for kind in (Session, ApiKey)}
    assert [len(found) for found in kinds.values()] == [MANY, MANY]
    assert len({one.invite_id for one in records if isinstance(one, Invite)}) == 2 * MANY
    assert len([one for one in records if isinstance(one, Invite)]) == 2 * MANY
    rows = {one.event.event_id for one in records if isinstance(one, Row)}
    waiting = {one.event_id for one in records if isinstance(one, AuditEvent)}
    assert (len(rows), len(waiting - rows)) == (MANY, MANY + 1)
    assert records[-1] == Complete(len(records) - 1)
    assert {asked["find"] for asked in finds.asked} == set(documents(0))
    assert max(asked.get("limit", 0) or 10**6 for asked in finds.asked) <= PAGE + 1


async def test_every_page_is_read_along_an_index(
    database: Database, finds: Finds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What narrows it comes first in the index, then what it is sorted by; nothing else is read."""
    monkeypatch.setattr(export_account, "AT_ONCE", PAGE)
    await fill(database)
    finds.asked.clear()
    async for _ in export(database)(acting()):
        pass
    for asked in finds.asked:
        name = asked["find"]
        narrow = [one for one in asked["filter"] if one in OWNERS]
        along = [*narrow, *asked["sort"]]
        known = (await database[name].index_information()).values()
        assert along in [[key for key, _ in index["key"]] for index in known], (name, along)
        query = {key: asked[key] for key in ("find", "filter", "sort", "limit")}
        explained = await database.command({"explain": query})
        assert "IXSCAN" in str(explained["queryPlanner"]["winningPlan"]), name


async def test_what_has_expired_is_not_handed_out(database: Database) -> None:
    """Whether or not the server has deleted it by now."""
    row = Row(1, "2019-01.1", done(1), "0" * 64, "0" * 64, NOW)
    await database["audit"].insert_one(document_of_row(row))
    records = [record async for record in export(database)(acting())]
    assert not [one for one in records if isinstance(one, Row)]
