"""What Prometheus reads of a real worker, under the names that dashboards ask for."""

import httpx
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis

from services.kernel.ids import ConnectionId
from services.kernel.sync_job import JobState, Mode
from services.sync.domain.lanes import Lane
from services.sync.queue import job_queue
from tests.faults.sync_parts import Place, Stores
from twin.faults import Fault

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
PREFIXES = ("github_jira_sync_", "jira_analytics_sync_")
LABELS = {"mode", "reason", "state", "outcome", "le"}


async def scraped(port: int) -> Samples:
    """Read what a worker measures."""
    async with httpx.AsyncClient(trust_env=False) as http:
        page = (await http.get(f"http://127.0.0.1:{port}/metrics")).raise_for_status().text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith(PREFIXES)
    }


def of(samples: Samples, name: str) -> dict[str, float]:
    """Give a measure's values by its one label's value; by nothing where it has none."""
    return {
        labels[0][1] if labels else "": value for (n, labels), value in samples.items() if n == name
    }


async def test_a_sync_that_succeeds_and_one_that_fails(sync_place: Place) -> None:
    """Jobs, errors, durations, pages and issues are counted; every label is one of a few."""
    place = sync_place
    worker = place.worker()
    connection = await place.connect()
    done = await place.finished(await place.start(connection))
    place.twin.site.faults.add(Fault(status=418, path="/rest/api/3/search/jql"))
    failed = await place.start(connection, Mode.DELTA)
    await place.until_state(failed, JobState.FAILED)

    async def counted() -> Samples | None:
        samples = await scraped(worker.http_port)
        ended = of(samples, "github_jira_sync_errors_total")["DELTA"] == 1
        # The queue is looked into every few seconds: it may still show what waited before.
        waiting = of(samples, "github_jira_sync_queue_waiting_jobs")[""]
        empty = waiting == of(samples, QUEUED)["active"] == 0
        return samples if ended and empty else None

    samples = await place.until_there(counted)
    jobs = of(samples, "github_jira_sync_jobs_total")
    errors = of(samples, "github_jira_sync_errors_total")
    assert jobs == {"FULL": 1, "DELTA": 1, "CENSUS": 0}
    assert errors == {"FULL": 0, "DELTA": 1, "CENSUS": 0}, "labels are alike: their ratio is one"
    assert of(samples, "github_jira_sync_job_duration_seconds_count")["FULL"] == 1
    took = of(samples, "github_jira_sync_job_duration_seconds_sum")["FULL"]
    assert done.started is not None
    assert done.ended is not None
    assert abs(took - (done.ended - done.started) / 1000) < 0.01
    assert of(samples, "jira_analytics_sync_issues_total")["FULL"] == done.issues_done
    assert of(samples, "jira_analytics_sync_pages_total")["FULL"] > 1
    assert of(samples, "jira_analytics_sync_failures_total") == {"SITE_ANSWER_UNUSABLE": 1}
    assert of(samples, "jira_analytics_sync_dead_letters_total") == {"UNUSABLE": 1}
    assert {name for _, labels in samples for name, _ in labels} <= LABELS


QUEUED = "jira_analytics_sync_queue_jobs"


async def test_what_waits_is_counted_whatever_its_priority(sync_stores: Stores) -> None:
    """Each connection once; nothing of it is lost among priorities."""
    async with (
        Redis.from_url(sync_stores.queue_url) as redis,
        job_queue(sync_stores.queue_url) as queue,
    ):
        await redis.flushdb()
        for number, lane in enumerate(Lane):
            for _ in range(2):
                await queue.put(ConnectionId(f"con_{number}"), lane)
        found = await queue.counts("waiting", "prioritized", "active")
    assert found["waiting"] + found["prioritized"] == len(Lane)
    assert found["active"] == 0
