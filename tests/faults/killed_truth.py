"""What must hold once workers that were killed have been followed by healthy ones (Q1)."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from services.chassis.mongo import Database
from services.kernel.documents import CONNECTION_STATES, ISSUES
from services.kernel.sync_job import JobState
from services.sync.store.database import CONNECTIONS, JOB_PAGES, JOBS
from tests.faults.mortal_worker import ISSUES as STORED
from tests.faults.queue_parts import Line


async def faults(database: Database, line: Line, notes: Path) -> AsyncIterator[str]:
    """Give what is not as it must be; nothing where all is well."""
    async for each in _of_jobs(database):
        yield each
    async for each in _of_connections(database):
        yield each
    async for key in line.redis.scan_iter("bull:sync:d[en]:*"):
        yield f"{key!r} is left in the queue"
    for each in _done_twice(notes):
        yield each


async def _of_jobs(database: Database) -> AsyncIterator[str]:
    async for job in database[JOBS].find():
        if job["state"] != JobState.SUCCEEDED.value or not job.get("ended"):
            yield f"{job['_id']} is {job['state']}: {job.get('failure')}"
        if not job["issues_done"] == job["issues_total"] == STORED:
            yield f"{job['_id']} has done {job['issues_done']} of {job['issues_total']}"
    if left := await database[JOB_PAGES].count_documents({}):
        yield f"{left} pages of jobs that are over"


async def _of_connections(database: Database) -> AsyncIterator[str]:
    async for own in database[CONNECTIONS].find():
        if own["active_job"] or own["next_job"]:
            yield f"{own['_id']} has a job that nobody does"
        stored = await database[ISSUES].count_documents({"connection_id": own["_id"]})
        state = await database[CONNECTION_STATES].find_one({"_id": own["_id"]}) or {}
        if not stored == state.get("issue_count") == STORED:
            yield f"{own['_id']} holds {stored} issues, and says {state}"


def _done_twice(notes: Path) -> Iterator[str]:
    noted = [json.loads(line) for line in notes.read_text().splitlines()]
    ends = Counter(job for what, job, _, _ in noted if what == "succeed")
    yield from (f"{job} has succeeded {times} times" for job, times in ends.items() if times > 1)
    changed = Counter[str]()
    for what, _, connection, answer in noted:
        changed[connection] += answer if what == "write_page" else 0
    for connection, times in changed.items():
        # The site never changes: whatever is written a second time was written twice.
        if times > STORED:
            yield f"{connection} was changed {times} times"
