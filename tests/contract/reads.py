"""What reading a page of a site gives."""

from services.kernel.issue import Issue
from services.sync.domain.quarantine import Read


def gives(*issues: Issue) -> Read:
    """Make what reading a page gives where all of it can be kept."""
    return Read(issues)
