"""Makes answers from snapshots, beside the event loop."""

import asyncio
from concurrent.futures import Executor
from typing import Protocol

from services.analytics.answers import Answer
from services.analytics.domain.bottlenecks import bottlenecks_of
from services.analytics.domain.items import items_of
from services.analytics.domain.question import Asked, Question, Report, Subject
from services.analytics.domain.snapshot import Snapshot
from services.analytics.domain.summary import summary_of
from services.analytics.domain.workload import workload_of
from services.analytics.packing import packed_bottlenecks, packed_summary, packed_workload
from services.kernel.workflow import Workflow


class SnapshotSource(Protocol):
    """Where snapshots come from."""

    async def of(self, subject: Subject) -> Snapshot:
        """Give a snapshot that shows the connection's revision, or one after it."""


class Reports:
    """The innermost layer of answers: nothing is kept here."""

    def __init__(self, snapshots: SnapshotSource, pool: Executor) -> None:
        self._snapshots = snapshots
        self._pool = pool

    async def answer(self, asked: Asked) -> Answer:
        """Compute the answer from the connection's snapshot."""
        snapshot = await self._snapshots.of(asked.subject)
        body = await asyncio.get_running_loop().run_in_executor(
            self._pool, body_of, snapshot, asked.question, asked.subject.workflow
        )
        return Answer(body, cached=False)


def body_of(snapshot: Snapshot, question: Question, workflow: Workflow) -> bytes:
    """Make a report's message, without provenance, and serialise it."""
    match question.report:
        case Report.EXECUTIVE_SUMMARY:
            return packed_summary(summary_of(snapshot, question, workflow)).SerializeToString()
        case Report.BOTTLENECKS:
            stages = bottlenecks_of(items_of(snapshot, question), question.period, workflow)
            return packed_bottlenecks(stages).SerializeToString()
        case Report.WORKLOAD:
            return packed_workload(workload_of(snapshot, question)).SerializeToString()
