"""A twin that serves, and somebody signed in to it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.contract.hook_receiver import Receiver, receiving
from tests.contract.twin_calls import BUNDLED, signed_in
from twin.serving import Running, running
from twin.world import World


@pytest.fixture
def world() -> World:
    """Give the bundled issues; a module that changes them puts a world of its own here."""
    return BUNDLED


@pytest.fixture
async def twin(world: World) -> AsyncIterator[Running]:
    async with running(world) as serving:
        yield serving


@pytest.fixture
async def jira(twin: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(twin) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one
