"""A bench after a first FULL, and marks to be read again."""

from typing import Any

from tests.unit.sync_collecting import Bench, HandMadeSite

LATER = "2023-01-02T00:00:00.000+0000"


async def synced(**site: Any) -> Bench:
    """Give a bench after a first FULL, of issues 1 and 2."""
    bench = Bench(HandMadeSite(**site))
    await bench.job()
    await bench.work()
    bench.site.asked.clear()
    return bench


def marked(bench: Bench) -> list[str]:
    return list(bench.marks.marks.get(bench.connection.connection_id, {}))


def mark(bench: Bench, *issues: str, deleted: bool = False) -> None:
    bench.marks.mark(bench.connection.connection_id, *issues, deleted=deleted)


async def alive(bench: Bench) -> set[str]:
    stored = await bench.runs.issues(bench.connection)
    return {key for key, (one, _) in stored.items() if one.deleted is None}


async def state(bench: Bench) -> Any:
    return await bench.runs.state(bench.connection)
