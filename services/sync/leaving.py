"""What a restriction in JQL matches no more: no list of what changed within it tells of that.

So a DELTA asks for what changed besides, too. What of that is stored is read again, and what the
restriction does not match is collected no more.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.kernel.ids import IssueId
from services.kernel.sync_job import Mode
from services.sync.domain import jql
from services.sync.domain.selection import Selection
from services.sync.ports import Around, Source
from services.sync.store.claims import Claim


def besides(claim: Claim) -> str | None:
    """Ask for all that changed, whether or not the restriction matches it; None for nothing.

    It is still of the projects that are collected: what was moved elsewhere is for a CENSUS, which,
    as a FULL does, sees what left by its absence.
    """
    selection = claim.selection
    if claim.job.mode is not Mode.DELTA or selection is None or not selection.jql:
        return None
    return jql.delta_sweep(replace(selection, jql=""), claim.job.since or 0)


async def unmatched(
    claim: Claim, source: Source, around: Around, ids: Sequence[IssueId]
) -> set[IssueId]:
    """Tell which of some issues the restriction does not match; none, where none may have left.

    To be asked before they are read: an issue that is read, and was not matched, was shown all the
    while. The other way round a permission that is lost in between would look like leaving.
    """
    if besides(claim) is None:
        return set()
    # Without the projects: the site refuses to hear of one that it shows no more.
    question = jql.bounded(Selection(jql=claim.connection.selection.jql))
    return set(ids) - await around.patience(claim, source.matching(question, ids))
