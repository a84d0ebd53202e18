"""Worlds in processes of their own, as many at once as there are."""

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing.queues import Queue

import structlog

from tests.soak.plan import plan_of
from tests.soak.product import Stores
from tests.soak.soaking import Outcome, soaked

_stores: list[Stores] = []  # of this process


def outcomes(seeds: range, stores: Stores, jobs: int, minutes: float) -> Iterator[Outcome]:
    """Give what became of each world, as they end; after so many minutes of those that run."""
    last = time.monotonic() + minutes * 60
    fresh = multiprocessing.get_context("spawn")
    numbers: Queue[int] = fresh.Queue()
    for number in range(jobs):
        numbers.put(number)
    with ProcessPoolExecutor(
        jobs, mp_context=fresh, initializer=_begin, initargs=(stores, numbers)
    ) as pool:
        left, running = iter(seeds), set[Future[Outcome]]()
        while True:
            going = time.monotonic() < last
            begun = islice(left, jobs + 1 - len(running)) if going else ()
            running |= {pool.submit(_outcome, seed) for seed in begun}
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (each.result() for each in done)


def say_nothing() -> None:
    """Let the product log nothing: what matters is in the trace."""
    level = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=level)


def _begin(stores: Stores, numbers: "Queue[int]") -> None:
    """Begin a process: with a database of the queue's that is its own."""
    say_nothing()
    own = f"{stores.queue_url.removesuffix('/0')}/{numbers.get()}"
    _stores.append(Stores(stores.mongo_url, own))


def _outcome(seed: int) -> Outcome:
    outcome = asyncio.run(soaked(plan_of(seed), _stores[0]))
    outcome.trace.clear()
    return outcome
