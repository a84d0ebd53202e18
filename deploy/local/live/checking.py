"""Whether what moved by webhooks is right: the site is collected once more, from nothing."""

import asyncio
import time
from typing import Final

from client.api import Client
from client.failures import ClientError
from client.question import Question
from client.show.progress import outcome_in_words
from deploy.local.live.site import Site
from deploy.local.stand_in import TWIN_TOKEN
from jira_analytics.analytics.v1.analytics_pb2 import ExecutiveSummary

AFRESH: Final = "afresh"
PATIENCE_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.1


async def settled(client: Client, connection: str, site: Site) -> str:
    """Wait until the site has sent its webhooks, and say how many were taken.

    What the gateway would not let in now comes again in minutes: a DELTA finds it before.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    told = await site.deliveries()
    while told.waiting and not told.put_off and time.monotonic() < ends:
        await asyncio.sleep(LOOK_SECONDS)
        told = await site.deliveries()
    said = f"{told.taken:,} webhooks taken, over TLS through the gateway"
    if not told.put_off and not told.waiting:
        return said
    await _collected(client, connection)
    return f"{said}; what {told.put_off:,} put off would have told, a DELTA found"


async def collected_afresh(client: Client, connection: str, origin: str, last_days: int) -> str:
    """Collect the site by another connection, and say that the numbers are the same.

    The other connection is deleted again. ClientError where they do not become the same.
    """
    email = client.email
    await client.connect_jira(AFRESH, site_url=origin, email=email, api_token=TWIN_TOKEN)
    try:
        await _collected(client, AFRESH)
        count = await _same(client, connection, last_days)
    finally:
        await client.delete_connection(AFRESH)
    return f"all {count:,} issues collected once more, from nothing: the same numbers"


async def _same(client: Client, connection: str, last_days: int) -> int:
    """Wait until both connections give the same numbers; gives how many issues they are of."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        moved, afresh = [
            await client.executive_summary(Question(connection=name, last_days=last_days))
            for name in (connection, AFRESH)
        ]
        differing = _differing(moved, afresh)
        if not differing:
            return afresh.provenance.issue_count
        if time.monotonic() > ends:
            raise ClientError(
                f"collected once more, from nothing, the site gives another {', '.join(differing)}"
            )
        await asyncio.sleep(LOOK_SECONDS)


async def _collected(client: Client, connection: str) -> None:
    """Collect what there is of a connection; SyncFailed where that does not end well."""
    job = await client.start_sync(connection)
    *_, ended = [state async for state in client.watch(job.id)]
    outcome_in_words(ended)


def _differing(one: ExecutiveSummary, other: ExecutiveSummary) -> list[str]:
    """Name the figures that differ; ages move with the instant at which each was written."""
    return [
        name.replace("_", " ")
        for name in ("created", "throughput", "wip", "cycle_time", "lead_time")
        if getattr(one, name) != getattr(other, name)
    ]
