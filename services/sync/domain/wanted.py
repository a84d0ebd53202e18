"""What a job is asked to do, and whether another one does as much."""

from dataclasses import dataclass

from services.kernel.errors import InvalidField
from services.kernel.sync_job import Mode, SyncJob


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much to collect; `mode` None means DELTA once a FULL has succeeded, else FULL.

    `believes_vanished`: whatever the site lists no more is taken as deleted, however much.
    """

    mode: Mode | None = None
    believes_vanished: bool = False

    def __post_init__(self) -> None:
        if self.believes_vanished and self.mode is not Mode.FULL:
            raise InvalidField("believe_vanished", "only a FULL sees that: write mode FULL")

    def after(self, *, full_has_succeeded: bool) -> "Wanted":
        """Settle the mode: before a FULL has succeeded there is nothing to add to."""
        if full_has_succeeded:
            return Wanted(self.mode or Mode.DELTA, self.believes_vanished)
        return Wanted(Mode.FULL, self.believes_vanished)

    def done_by(self, job: SyncJob) -> bool:
        """Tell whether a job that waits or runs does as much."""
        if job.mode is Mode.FULL:
            return job.believes_vanished or not self.believes_vanished
        return job.mode is self.mode
