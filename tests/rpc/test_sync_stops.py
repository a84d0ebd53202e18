"""A site refuses a connection's token: answers say so, owners are mailed once, a new one mends it.

From the site's 401 to the owner's mailbox, over real stores, services and SMTP.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from email.message import Message
from typing import Any

import pytest

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.sync.v1 import sync_pb2 as pb
from jira_analytics.sync.v1.connection_pb2 import Connection, UpdateConnectionRequest
from services.sync.store.database import CONNECTIONS
from tests.auth_stand_in import AuthStandIn
from tests.contract.twin_calls import few
from tests.faults.waiting import until
from tests.rpc.auth_service import Auth, auth_service
from tests.rpc.auth_workspaces import Person, signed_up
from tests.rpc.mail_servers import Mailbox, mail_server, smtp_settings, text_of
from tests.rpc.sync_and_analytics import Product, running_product
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores

__all__ = ["sync_stores"]
QUESTIONS = ("GetExecutiveSummary", "GetBottlenecks", "GetWorkload")


@dataclass(frozen=True, slots=True)
class World:
    """The product with an owner in it, and the box that their mail comes into."""

    product: Product
    sync: Sync
    auth: Auth
    box: Mailbox
    owner: Person

    async def synced(self) -> pb.SyncJob:
        """Sync to the end."""
        job = await self.sync.start("site", self.owner.workspace_id)
        return (await self.sync.watched(job, self.owner.workspace_id))[-1]

    async def until_answers_say(self, state: Connection.State.ValueType) -> None:
        """Wait until all answers say that the connection stands so: readers look every second."""

        async def said() -> bool:
            return await self._states() == {state}

        await until(said, lambda: "answers say otherwise")

    async def _states(self) -> set[Any]:
        caller = self.product.analytics.caller(self.owner.workspace_id)
        answers = [
            await getattr(self.product.analytics.stub, name)(
                getattr(analytics_pb2, f"{name}Request")(), metadata=caller, timeout=20
            )
            for name in QUESTIONS
        ]
        return {answer.provenance.connection_state for answer in answers}

    def notices(self) -> list[Message]:
        """Give what was mailed of stops."""
        return [one for one in self.box.messages if "stopped" in str(one["Subject"])]

    async def settled(self) -> None:
        """Wait until nobody has anything to tell any more."""

        async def told() -> bool:
            untold = {"untold_stop": {"$gt": ""}}
            waiting = await self.sync.database[CONNECTIONS].count_documents(untold)
            return not waiting and not await self.auth.database["mails"].count_documents(
                {"sent": None}
            )

        await until(told, lambda: "a stop waits to be told, or a mail to be sent")


@pytest.fixture
async def world(sync_stores: SyncStores) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        box = stack.enter_context(mail_server())
        own = (sync_stores.mongo_url, f"{sync_stores.database}_auth")
        served = auth_service(*own, smtp=smtp_settings(box.port))
        auth = await stack.enter_async_context(served)
        product = await stack.enter_async_context(running_product(sync_stores, few()))
        standing = AuthStandIn(product.sync.mint, auth.address)
        owner = await signed_up(auth, "owner@example.com")
        sync = replace(product.sync, auth=standing)
        await sync.connect("site", owner.workspace_id)
        yield World(product, sync, auth, box, owner)


async def test_a_401_is_in_every_answer_and_in_the_owners_mailbox_once(world: World) -> None:
    """However often it is told; a new token mends it at once, and its end is another stop."""
    async with world.sync.working():
        assert (await world.synced()).state == pb.SyncJob.SUCCEEDED
        await world.until_answers_say(Connection.ACTIVE)
        world.sync.twin.site.token = "another-token"
        assert (await world.synced()).error.reason == "CONNECTION_NEEDS_CREDENTIALS"
        await world.settled()
        await world.until_answers_say(Connection.NEEDS_CREDENTIALS)
        [notice] = world.notices()
        assert notice["To"] == "owner@example.com"
        assert "jira-analytics reconnect --connection site" in text_of(notice)
        await told_again(world)
        assert len(world.notices()) == 1
    update = UpdateConnectionRequest(connection_id="site", api_token="another-token")
    await world.sync.ask(update, world.owner.workspace_id)
    world.sync.twin.site.token = "a-third-token"
    # The next worker looks at once: what is due is asked for without anybody's doing.
    async with world.sync.working():

        async def mailed_again() -> bool:
            return len(world.notices()) > 1

        await until(mailed_again, lambda: "it is not due at once, or its next stop is not mailed")
        await world.settled()
    assert len(world.notices()) == 2


async def told_again(world: World) -> None:
    """Have it told again, as by workers that were killed before they noted that it was."""
    own = await world.sync.database[CONNECTIONS].find_one({})
    assert own is not None
    untold = {"$set": {"untold_stop": own["stop"]["id"]}}
    await world.sync.database[CONNECTIONS].update_one({"_id": own["_id"]}, untold)
    await world.settled()
