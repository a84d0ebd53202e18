"""What is asked, with everything that moves resolved to instants."""

from dataclasses import dataclass, replace
from enum import StrEnum

from services.kernel.connection import ConnectionState
from services.kernel.ids import Instant
from services.kernel.period import Period
from services.kernel.workflow import Workflow


class Report(StrEnum):
    """The reports that can be asked for."""

    EXECUTIVE_SUMMARY = "executive_summary"
    BOTTLENECKS = "bottlenecks"
    WORKLOAD = "workload"


@dataclass(frozen=True, slots=True)
class Question:
    """A report on a window as known at an instant.

    `connection` is an id or a name, empty where the caller did not say. `projects` (keys) and
    `issue_types` (names) are sorted and without doubles; empty means all. `digest` tells questions
    apart in cache keys: it covers everything here but the connection. A question as of
    now speaks of the start of the minute, or of when the data were written last, where that is
    later, but not after `latest`; one as of an instant that was named has none.
    """

    report: Report
    connection: str
    period: Period
    as_of: Instant
    time_zone: str
    projects: tuple[str, ...]
    issue_types: tuple[str, ...]
    digest: str
    latest: Instant | None = None

    def of_data(self, written: Instant) -> "Question":
        """Give the question as it is asked of data that were written last at an instant."""
        if self.latest is None or written <= self.as_of:
            return self
        return replace(self, as_of=min(written, self.latest))


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A connection that can be asked about, as last read.

    `mapping` tells mappings of statuses apart in cache keys: their names and categories are shown
    and counted with, and may change without any issue changing.
    """

    state: ConnectionState
    workflow: Workflow
    mapping: str

    def answers_to(self, wanted: str) -> bool:
        """Tell whether this is what was named, by id or by name; any is where nothing was."""
        return not wanted or wanted in {self.state.connection_id, self.state.name}


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Asked:
    """A question about a connection. `key` is where its answer is cached (docs/caching.md)."""

    subject: Subject
    question: Question
    key: str
