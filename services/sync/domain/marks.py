"""Issues that are to be read again, and with which number each was marked last."""

from dataclasses import dataclass

from services.kernel.ids import Instant, IssueId


@dataclass(frozen=True, slots=True)
class Mark:
    """An issue that is to be read again.

    `number` is another one with every mark, so that whoever read the issue can tell whether it was
    marked again meanwhile: twice the microseconds by the server's clock. It is odd where the site
    has said that the issue is gone.
    """

    issue_id: IssueId
    number: int

    @property
    def told_deleted(self) -> bool:
        """Whether the site has said that the issue is gone."""
        return self.number % 2 == 1

    @property
    def made(self) -> Instant:
        """When it was marked last."""
        return self.number // 2000


@dataclass(frozen=True, slots=True)
class Added:
    """What came of a delivery: whether it was known, and whether to put its connection."""

    known: bool
    put: bool
