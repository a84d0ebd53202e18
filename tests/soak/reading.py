"""A reader of a world: analytics' own snapshots over what is stored, held to the truth at the end.

It looks now and then while syncs are under way, so that its snapshot grows as it does in service.
"""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from services.analytics.domain.question import Question, Report
from services.analytics.domain.snapshot import Snapshot
from services.analytics.domain.summary import summary_of
from services.analytics.snapshots import Snapshots
from services.analytics.states import subject_of
from services.analytics.store import SyncedStore
from services.kernel.documents import ISSUES
from services.kernel.period import Period
from services.kernel.workflow import Workflow
from tests.reference.periods import local_date, start_of_day
from tests.reference.truth import figures_of_truth
from tests.soak.made_site import MadeSite
from tests.soak.plan import HOUR_MS
from tests.soak.product import WORKSPACE, Product

DAY_MS: Final = 24 * HOUR_MS
BYTES: Final = 2**28
# First and last day before now, zone, days by which as_of lies before now; whole local days or not.
WINDOWS: Final = (
    (30, 0, "Europe/Berlin", 0, True),
    (14, 0, "America/New_York", 0, False),
    (60, 7, "Asia/Kolkata", 3, True),
)


class _Here(Executor):
    """Computes where it is asked: a world has one thread."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever waits for it gets it
            done.set_exception(error)
        return done


@dataclass(slots=True)
class Reader:
    """Looks at what is stored."""

    made: MadeSite
    product: Product
    findings: list[str] = field(default_factory=list)
    _snapshots: Snapshots = field(init=False)

    def __post_init__(self) -> None:
        self._snapshots = self._fresh()

    def _fresh(self) -> Snapshots:
        return Snapshots(SyncedStore(self.product.database), _Here(), byte_limit=BYTES)

    async def look(self) -> None:
        """Bring the snapshot up to what readers have been told of."""
        await self._of(self._snapshots)

    async def _of(self, snapshots: Snapshots) -> tuple[Snapshot, Workflow]:
        [state] = await SyncedStore(self.product.database).states_of(WORKSPACE)
        subject = subject_of(state)
        return await snapshots.of(subject), subject.workflow

    async def judge(self, truth: Mapping[str, Any]) -> None:
        """Hold the summaries of several windows to the truth: as grown, and as read afresh.

        As of then an issue counts that was deleted since, of which the site knows nothing now.
        """
        deleted = await self.product.database[ISSUES].find_one({"deleted": {"$ne": None}})
        for name, snapshots in (("grown", self._snapshots), ("fresh", self._fresh())):
            snapshot, workflow = await self._of(snapshots)
            for first, last, zone, known, whole in WINDOWS:
                window = (first, last, zone, 0 if deleted else known, whole)
                question = _asked(self.made.time.at_ms, window)
                said = _differences(snapshot, workflow, truth, question)
                self.findings += [f"summary of {window}, {name}: {one}" for one in said]


def _differences(
    snapshot: Snapshot, workflow: Workflow, truth: Mapping[str, Any], question: Question
) -> list[str]:
    """Say which figures of a summary are not those of the truth."""
    summary = summary_of(snapshot, question, workflow)
    expected = figures_of_truth(
        dict(truth),
        start=question.period.start,
        end=question.period.end,
        as_of=question.as_of,
        time_zone=question.time_zone,
    )["executive_summary"]
    said = [
        f"{which} {figure} is {found[figure]}, not {value}"
        for which, found, wanted in (
            ("its", asdict(summary.current), expected["figures"]),
            ("the former", asdict(summary.previous), expected["figures_before"]),
        )
        for figure, value in wanted.items()
        if found[figure] != value
    ]
    top = summary.top_bottleneck.status_id if summary.top_bottleneck else None
    if top != expected["top_bottleneck_status_id"]:
        said.append(f"the top bottleneck is {top}, not {expected['top_bottleneck_status_id']}")
    return said


def _asked(now: int, window: tuple[int, int, str, int, bool]) -> Question:
    first, last, zone, known, whole = window
    start, end = now - first * DAY_MS, now - last * DAY_MS
    if whole:
        start, end = (start_of_day(local_date(at, zone), zone) for at in (start, end))
    return Question(
        report=Report.EXECUTIVE_SUMMARY,
        connection="",
        period=Period(start, end),
        as_of=now - known * DAY_MS,
        time_zone=zone,
        projects=(),
        issue_types=(),
        digest="",
    )
