"""What the audit takes in, and what verifying it costs: python -m tests.load.audit_chains.

Events are put into the inbox first; then what gives them their place is measured, over a store of
its own.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from pydantic import SecretStr
from rich.console import Console

from services.auth.audit.chaining import Chain
from services.auth.keys.checkpoints import CheckpointSigner
from services.auth.keys.signing import make_key
from services.auth.store.audit_chains import AuditChains
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.collections import make_indexes
from services.chassis.clock import system_clock
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.audit import AuditEvent
from tests.load import report
from tests.load.report import Figure, Section
from tests.rpc.audit_chaining import Stored, events
from tests.stores import secantus

COMMAND: Final = "python -m tests.load.audit_chains"
ROUNDS: Final = 3
EVENTS: Final = 2_000
WORKSPACES: Final = 200


async def _taken_in(database: Database, chain: Chain, waiting: Sequence[AuditEvent]) -> float:
    """Let events find their place; gives how many did in a second."""
    await AuditInbox(database).add_once(waiting)
    began = time.perf_counter()
    while await chain():
        pass
    took = time.perf_counter() - began
    if await database["audit_inbox"].count_documents({}):
        raise RuntimeError("not every event has found its place")
    return len(waiting) / took


async def _verified(stored: Stored) -> float:
    """Read an audit and verify it; gives how many events in a second."""
    began = time.perf_counter()
    outcome = await stored.verified()
    if not outcome.whole:
        raise RuntimeError(f"the audit is not whole: {outcome.findings}")
    return outcome.verified / (time.perf_counter() - began)


async def measure() -> Section:
    """Measure one busy workspace, then many, then reading it all again."""
    one: list[float] = []
    many: list[float] = []
    read: list[float] = []
    signer = CheckpointSigner([make_key()])
    async with (
        secantus() as url,
        connect(Mongo(url=SecretStr(url), database="audits")) as database,
    ):
        await make_indexes(database)
        chain = Chain(AuditChains(database), signer, system_clock)
        stored = Stored(database, "wsp_busy", signer.published, system_clock)
        for _ in range(ROUNDS):
            now = system_clock()
            one.append(await _taken_in(database, chain, events("wsp_busy", EVENTS, now=now)))
            spread = [
                event
                for number in range(WORKSPACES)
                for event in events(f"wsp_{number}", EVENTS // WORKSPACES, now=now)
            ]
            many.append(await _taken_in(database, chain, spread))
            read.append(await _verified(stored))
    return Section(
        "What the audit takes in",
        f"One process gives {EVENTS:,} waiting events their places: hashed, in one transaction for "
        f"each batch and workspace, with the end signed; {ROUNDS} rounds. SecantusDB runs beside "
        "it. Reading is what `audit verify` does, without the network.",
        [
            Figure("events of one workspace", "per s", one),
            Figure(f"events of {WORKSPACES} workspaces", "per s", many),
            Figure("events read and verified", "per s", read),
        ],
    )


if __name__ == "__main__":
    section = asyncio.run(measure())
    report.put([section], COMMAND)
    Console().print(section.text())
