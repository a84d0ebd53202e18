"""Doing some things beside each other, no more than so many; where one fails none goes on."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar

from services.chassis.stopping import ended

T = TypeVar("T")
Work = Callable[[], Awaitable[T]]


async def side_by_side(works: Sequence[Work[T]], *, most: int) -> Sequence[T]:
    """Do all of some things; gives what came of each, in their order."""
    gate = asyncio.Semaphore(most)

    async def one(work: Work[T]) -> T:
        async with gate:
            return await work()

    tasks = [asyncio.ensure_future(one(work)) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await ended(*tasks)


async def ahead(works: Iterable[Work[T]], *, most: int) -> AsyncGenerator[T, None]:
    """Give what comes of each, in their order, while those after it are being done."""
    left = iter(works)
    under_way = deque(_begun(work) for work in islice(left, most))
    try:
        while under_way:
            come = await under_way[0]
            under_way.popleft()
            yield come
            under_way.extend(_begun(work) for work in islice(left, 1))
    finally:
        await ended(*under_way)


def _begun(work: Work[T]) -> "asyncio.Future[T]":
    return asyncio.ensure_future(work())
