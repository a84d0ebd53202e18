"""Handing out what is held of a person: all of it, to them alone, and complete or not at all."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from jira_analytics.auth.v1 import auth_pb2 as pb
from tests.faults.erased_person import EMAIL, NAME, SITE, Person, everywhere
from tests.faults.whole_product import Product, Stores, product
from tests.rpc.auth_service import auth_service, refusal_of


@pytest.fixture
async def running(
    mongo_url: str, cache_url: str, queue_url: str, mongo_database: str
) -> AsyncIterator[Product]:
    stores = Stores(mongo_url, cache_url, queue_url, mongo_database)
    async with product(stores, every_seconds=5.0) as made:
        yield made


async def exported(stub: Any, metadata: Any) -> list[pb.AccountRecord]:
    call = stub.ExportAccount(pb.ExportAccountRequest(), metadata=metadata, timeout=20)
    return [record async for record in call]


async def read(call: Any, into: list[pb.AccountRecord]) -> None:
    """Read records for as long as there are any, keeping those that came before a failure."""
    while (record := await call.read()) is not grpc.aio.EOF:
        into.append(record)


def kinds(records: list[pb.AccountRecord]) -> Counter[str]:
    return Counter(str(record.WhichOneof("record")) for record in records)


async def test_everything_is_handed_out(running: Product) -> None:
    """The account, sessions, keys, invitations, site credentials and what they did."""
    person = await everywhere(running.auth, with_key=True)
    await running.auth.log_in(EMAIL)
    records = await exported(running.auth.stub, person.metadata)
    found = kinds(records)
    assert (found["account"], found["session"], found["api_key"]) == (1, 2, 1)
    assert (found["invite"], found["site_credential"], found["complete"]) == (1, 2, 1)
    account = records[0].account
    assert (account.id, account.email, account.display_name) == (person.user_id, EMAIL, NAME)
    assert {one.workspace_id for one in account.memberships} == {person.own, person.shared}
    credentials = [one.site_credential for one in records if one.HasField("site_credential")]
    assert {(one.workspace_id, one.email, one.site_url) for one in credentials} == {
        (person.own, EMAIL, SITE),
        (person.shared, EMAIL, SITE),
    }
    assert records[-1].complete.record_count == len(records) - 1


async def test_what_was_done_is_there_once(running: Product) -> None:
    """Whether it has its place in the audit yet or not; this export itself is among it."""
    person = await everywhere(running.auth)
    for _ in range(2):
        records = await exported(running.auth.stub, person.metadata)
    events = [one.audit_event for one in records if one.HasField("audit_event")]
    assert {one.actor_id for one in events} == {person.user_id}
    assert max(Counter(one.id for one in events).values()) == 1
    actions = Counter(one.action for one in events)
    assert (actions["account.create"], actions["account.export"]) == (1, 2)


async def test_no_secret_is_handed_out(running: Product) -> None:
    """Neither hashes nor digests, nor anybody else's address."""
    person = await everywhere(running.auth, with_key=True)
    said = str(await exported(running.auth.stub, person.metadata))
    account = await running.auth.database["users"].find_one({"_id": person.user_id})
    key = await running.auth.database["api_keys"].find_one({})
    assert account is not None
    assert key is not None
    for secret in (account["password"]["hash"], key["digest"], "host@example.com"):
        assert secret not in said


async def test_without_sync_it_is_not_complete(mongo_url: str, mongo_database: str) -> None:
    """What cannot be asked for is not passed over: the stream fails, and says nothing complete."""
    async with auth_service(mongo_url, mongo_database) as auth:
        person: Person = await everywhere(auth)
        records: list[pb.AccountRecord] = []
        call = auth.stub.ExportAccount(pb.ExportAccountRequest(), metadata=person.metadata)
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await read(call, records)
        assert refusal_of(failed.value).reason == "SERVICE_UNAVAILABLE"
        assert kinds(records)["account"] == 1
        assert kinds(records)["complete"] == 0
