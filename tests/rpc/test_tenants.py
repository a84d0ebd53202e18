"""Nobody reaches another workspace's connections and jobs, by id, by name or by guessing.

What is not there and what is another's are answered alike, to the last byte, by id and by name; and
nothing of the other's is changed. Every method and every caller: test_tenant_matrix.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import Message

from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from services.chassis.clock import system_clock
from services.kernel.documents import CONNECTION_STATES
from tests.contract.twin_calls import few
from tests.rpc.sync_and_analytics import Product, running_product
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import SyncStores
from tests.rpc.sync_stored import everything, of_workspace

__all__ = ["sync_stores"]

DESCRIPTORS = Path(__file__).parents[2] / "gen" / "api.binpb"
# What a request may name; the ids of these are given out by the services.
NAMED = ("connection_id", "job_id")
OURS, THEIRS = "wsp_ours", "wsp_theirs"
MALFORMED = ['{"$gt": ""}', "con_", "job_", "*", "../con_1", "x" * 64]


def contract() -> dict[str, ServiceDescriptor]:
    """Give every service of the product by its name, as the descriptor set has them."""
    files = FileDescriptorSet.FromString(DESCRIPTORS.read_bytes()).file
    names = [f"{file.package}.{service.name}" for file in files for service in file.service]
    pool = descriptor_pool.Default()
    return {
        name.rpartition(".")[2]: pool.FindServiceByName(name)
        for name in names
        if name.startswith("jira_analytics.")
    }


SERVICES = contract()
METHODS = {method.full_name: method for one in SERVICES.values() for method in one.methods}
MATRIX = [
    method.full_name
    for method in METHODS.values()
    if any(name in method.input_type.fields_by_name for name in NAMED)
    # What a signature opens asks for no token: test_tenant_matrix says how it refuses.
    and method.name != "ReceiveJiraWebhook"
]


def short(full_name: str) -> str:
    return full_name.rpartition(".")[2]


@pytest.fixture
async def product(sync_stores: SyncStores) -> AsyncIterator[Product]:
    async with running_product(sync_stores, few()) as product:
        yield product


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a workspace has, and the words for it that a call may hold."""

    connection: connection_pb2.Connection
    job: sync_pb2.SyncJob

    def words(self, method: MethodDescriptor) -> list[str]:
        """Give what a method's request may name of it."""
        if "job_id" in method.input_type.fields_by_name:
            return [self.job.id]
        return [self.connection.id, self.connection.name]


def naming(word: str) -> dict[str, str]:
    """Name something by all fields that can, and ask for what would leave a trace."""
    return {**dict.fromkeys(NAMED, word), "name": "renamed"}


async def settled(product: Product, workspace: str, name: str) -> Belongings:
    """Let a workspace have a connection that is synced, and a job."""
    made = await product.sync.connect(name, workspace)
    known = {"standing": "ACTIVE", "revision": 1, "complete_until": system_clock()}
    states = product.sync.database[CONNECTION_STATES]
    await states.update_one({"_id": made.id}, {"$set": known})
    return Belongings(made, await product.sync.start(made.id, workspace))


@pytest.mark.parametrize("full_name", MATRIX, ids=short)
async def test_anothers_is_as_if_it_were_not_there(product: Product, full_name: str) -> None:
    """Another workspace's id and name are NOT_FOUND, exactly like those that do not exist.

    The caller's own answers; and of the other's nothing is changed by the attempts.
    """
    method = METHODS[full_name]
    ours = await settled(product, OURS, "our-site")
    theirs = await settled(product, THEIRS, "their-site")
    before = await everything(product.sync.database)
    absent = ["con_" + "0" * 26, "job_" + "0" * 26, "no-such-site"]
    answers = {
        word: await product.tell(method, OURS, naming(word))
        for word in [*theirs.words(method), *absent]
    }
    assert {answer.code for answer in answers.values()} == {grpc.StatusCode.NOT_FOUND}
    assert len(set(answers.values())) == 1, answers
    for word in MALFORMED:
        answer = await product.tell(method, OURS, naming(word))
        assert answer.code in {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT}
    assert await everything(product.sync.database) == before
    own = await product.tell(method, OURS, naming(ours.words(method)[-1]))
    assert own.code is grpc.StatusCode.OK
    marks = (THEIRS, theirs.connection.id)
    now = await everything(product.sync.database)
    assert of_workspace(now, *marks) == of_workspace(before, *marks)


async def listed(product: Product, request: Message, workspace: str) -> list[str]:
    answer = await product.sync.ask(request, workspace)
    return [row.id for row in (getattr(answer, "connections", None) or answer.jobs)]


async def test_lists_hold_the_workspaces_own(product: Product) -> None:
    """Neither connections nor jobs of another workspace are in a list, page tokens or not."""
    ours = await settled(product, OURS, "b-site")
    theirs = [await settled(product, THEIRS, name) for name in ("a-site", "c-site")]
    connections, jobs = connection_pb2.ListConnectionsRequest(), sync_pb2.ListSyncJobsRequest()
    assert await listed(product, connections, OURS) == [ours.connection.id]
    assert await listed(product, jobs, OURS) == [ours.job.id]
    page = await product.sync.ask(connection_pb2.ListConnectionsRequest(page_size=1), THEIRS)
    stolen = connection_pb2.ListConnectionsRequest(page_token=page.next_page_token)
    assert await listed(product, stolen, OURS) == [ours.connection.id]
    assert set(await listed(product, jobs, THEIRS)) == {one.job.id for one in theirs}
