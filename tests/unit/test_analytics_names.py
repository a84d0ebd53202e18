"""People who are called something else since: shown so, though none of their issues changed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from services.analytics.domain.snapshot import knowing
from services.analytics.domain.workload import Person, workload_of
from services.analytics.snapshots import Snapshots
from services.analytics.states import subject_of
from services.kernel.site_account import SiteAccount
from services.kernel.workflow import Category, Status
from tests.unit.analytics_histories import WORKFLOW, issue, move
from tests.unit.test_analytics_holding import Issues, pool, subject
from tests.unit.test_analytics_items import question, snapshot

__all__ = ["pool"]


async def test_a_name_shows_without_a_changed_issue(pool: ThreadPoolExecutor) -> None:
    """Of accounts too only what came since is read; others stay known, whatever changes."""
    store = Issues()
    snapshots = Snapshots(store, pool, byte_limit=10**9)
    store.write(1, issue())
    ann, bea = SiteAccount("a1", "Ann", active=True), SiteAccount("b1", "Bea")
    store.accounts = [(1, ann), (1, bea)]
    first = await snapshots.of(subject(revision=1, seq=1))
    store.accounts = [(2, replace(ann, display_name="Ann Lee"))]
    second = await snapshots.of(subject(revision=2, seq=2))
    store.write(3, issue(move(5, "1", "3")))
    done = {**WORKFLOW.statuses, "3": Status("3", "S3", Category.DONE)}
    other = replace(subject(revision=3, seq=3).state, statuses=done)
    third = await snapshots.of(subject_of(other))
    assert first.accounts == {"a1": ann, "b1": bea}
    assert (
        second.accounts == third.accounts == {"a1": replace(ann, display_name="Ann Lee"), "b1": bea}
    )


def test_a_workload_shows_present_names() -> None:
    """Whatever an issue said when it was read; without a present name, that one."""
    held = [
        issue(move(10, "1", "3"), issue_id=who, assignee_id=who, assignee_name=f"Old {who}")
        for who in ("a", "b", "c")
    ]
    told = [SiteAccount("a", "Ann Lee", active=False), SiteAccount("b", "", active=True)]
    found = workload_of(knowing(snapshot(*held), told), question(0, 100)).people
    assert found == (
        Person("a", "Ann Lee", 1, 90, active=False),
        Person("b", "Old b", 1, 90, active=True),
        Person("c", "Old c", 1, 90),
    )
