"""Projects of a connection's scope that the site does not show: left out, and not forgotten.

A site refuses a whole question that names one project that was deleted, or is not shown to the
account any more. The others are collected all the same.
"""

from typing import Final

import structlog

from services.sync.ports import Around, Source
from services.sync.store.claims import Claim, Hold

# What a site judges at once.
QUESTIONS_AT_ONCE: Final = 10
logger = structlog.get_logger()


async def settle_hidden(claim: Claim, source: Source, around: Around) -> Claim:
    """Ask which projects of the scope are shown, and note the others; gives the claim then.

    What is shown again may have changed meanwhile: it is all looked through.
    """
    hidden = await _not_shown(claim, source, around)
    return await around.runs.know_hidden(claim, around.clock(), hidden)


async def note_hidden(hold: Hold, source: Source, around: Around) -> Hold:
    """Ask which projects of the scope are shown, and note what is not; gives the hold then.

    What is shown again stays noted, for the next job that can look through it.
    """
    hidden = await _not_shown(hold, source, around)
    noted = await around.runs.hide(hold, around.clock(), hidden)
    await around.news.moved(hold.connection.scope)
    return noted


async def _not_shown(hold: Hold, source: Source, around: Around) -> list[str]:
    keys = hold.connection.selection.projects
    shown = set[str]()
    for at in range(0, len(keys), QUESTIONS_AT_ONCE):
        some = keys[at : at + QUESTIONS_AT_ONCE]
        questions = [f'project = "{key}"' for key in some]
        taken = await around.patience(hold, source.taken(questions))
        shown.update(key for key, is_taken in zip(some, taken, strict=True) if is_taken)
    hidden = [key for key in keys if key not in shown]
    if hidden:
        logger.warning("projects not shown", connection_id=hold.connection_id, projects=hidden[:20])
    return hidden
