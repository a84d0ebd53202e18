"""Another workspace's connection or job answers, on every RPC, exactly like one that is not there.

The matrix is read from the contract: an RPC that takes a connection or a job and is not asked here
fails the test.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from services.chassis.clock import system_clock
from tests.rpc.analytics_service import Service, Stores, analytics
from tests.rpc.auth_service import Refusal, refusal_of
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync, SyncStores

__all__ = ["api", "sync_stores"]

SERVICES = (
    connection_pb2.DESCRIPTOR.services_by_name["ConnectionService"],
    sync_pb2.DESCRIPTOR.services_by_name["SyncService"],
    analytics_pb2.DESCRIPTOR.services_by_name["AnalyticsService"],
)
REFERENCES = ("connection_id", "job_id")
METHODS = {method.name: method for service in SERVICES for method in service.methods}
# What else a request must hold for the reference to be looked at; checked to be complete below.
ASKED: dict[str, Callable[[], dict[str, Any]]] = {
    "GetConnection": dict,
    "UpdateConnection": lambda: {"name": "stolen"},
    "DeleteConnection": dict,
    "StartSync": dict,
    "GetSyncJob": dict,
    "ListSyncJobs": dict,
    "WatchSyncJob": dict,
    "GetExecutiveSummary": dict,
    "GetBottlenecks": dict,
    "GetWorkload": dict,
}


def reference_of(method: MethodDescriptor) -> str | None:
    """Tell which field of a method's request refers to a connection or a job."""
    names = [name for name in REFERENCES if name in method.input_type.fields_by_name]
    return names[0] if names else None


def test_every_rpc_that_takes_a_reference_is_asked() -> None:
    """A new RPC that takes a connection or a job must be added to the matrix."""
    assert {name for name, method in METHODS.items() if reference_of(method)} == ASKED.keys()


@pytest_asyncio.fixture
async def figures(sync_stores: SyncStores) -> AsyncIterator[Service]:
    """Run analytics over the same stores."""
    stores = Stores(
        sync_stores.mongo_url, sync_stores.cache_url, sync_stores.database, system_clock
    )
    async with analytics(stores) as service:
        yield service


async def answer(api: Sync, figures: Service, request: Message) -> Refusal:
    """Ask as somebody of wsp_1; gives the refusal."""
    name = type(request).__name__.removesuffix("Request")
    for stub, caller in (
        (api.connections, api.caller()),
        (api.sync, api.caller()),
        (figures.stub, figures.caller()),
    ):
        if not hasattr(stub, name):
            continue
        call = getattr(stub, name)(request, metadata=caller, timeout=10)
        first = call.read() if METHODS[name].server_streaming else call
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await first
        return refusal_of(refused.value)
    raise AssertionError(f"no service has {name}")


@pytest.mark.parametrize("name", sorted(ASKED))
async def test_anothers_is_like_none(api: Sync, figures: Service, name: str) -> None:
    """The code, the message and every detail are the same, and nothing of the other's changes."""
    await api.connect("own")
    others = await api.connect("theirs", workspace="wsp_2")
    job = await api.start("theirs", workspace="wsp_2")
    method = METHODS[name]
    field = reference_of(method)
    assert field is not None
    kind = GetMessageClass(method.input_type)
    present, absent = {
        "connection_id": ([others.id, "theirs"], ["con_none", "none"]),
        "job_id": ([job.id], ["job_none"]),
    }[field]
    refusals = [
        await answer(api, figures, kind(**{field: reference}, **ASKED[name]()))
        for reference in (*present, *absent)
    ]
    assert {refusal.code for refusal in refusals} == {grpc.StatusCode.NOT_FOUND}
    assert len({refusal.everything for refusal in refusals}) == 1
    get = connection_pb2.GetConnectionRequest(connection_id=others.id)
    assert await api.ask(get, "wsp_2") == others
    [untouched] = (await api.ask(sync_pb2.ListSyncJobsRequest(), "wsp_2")).jobs
    assert untouched == job


async def test_lists_hold_only_the_own(api: Sync) -> None:
    """Lists of a workspace hold nothing of another's, also where names are alike."""
    await api.connect("site")
    await api.connect("site", workspace="wsp_2")
    await api.start(workspace="wsp_2")
    page = await api.ask(connection_pb2.ListConnectionsRequest())
    assert len(page.connections) == 1
    assert not (await api.ask(sync_pb2.ListSyncJobsRequest())).jobs
