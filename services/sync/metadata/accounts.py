"""The names of people: no issue tells that somebody is called something else by now."""

from typing import Final

import structlog

from services.kernel.sync_job import Mode
from services.sync.domain.accounts import Roll, accounts_told
from services.sync.ports import Around, Source
from services.sync.store.claims import Claim

GOOD_FOR_MILLISECONDS: Final = 24 * 3600 * 1000
AT_ONCE: Final = 50
# So many calls a day at most: of more people some are asked for a day later.
MOST_CALLS: Final = 100
logger = structlog.get_logger()


async def settle_accounts(claim: Claim, source: Source, around: Around) -> bool:
    """Note whom issues name since it was last looked, and ask what all are called once a day.

    A FULL has heard the names with the issues: the site is asked a day later. How far it is looked
    is noted last, so that who dies before looks again. Tells whether anything is new.
    """
    kept, now, full = around.accounts, around.clock(), claim.job.mode is Mode.FULL
    known = await kept.roll(claim)
    met = await kept.met(claim, known.seq)
    moved = await kept.note_met(claim, met)
    roll = Roll(max(met.seq, known.seq), known.after, now if full else known.read)
    if roll != known:
        await kept.note_told(claim, [], roll)
    old = roll.read is None or now - roll.read >= GOOD_FOR_MILLISECONDS
    if old or claim.job.mode is Mode.CENSUS:
        moved |= await _asked(claim, source, around, roll)
    return moved


async def _asked(claim: Claim, source: Source, around: Around, roll: Roll) -> bool:
    """Ask for everybody, from where it ended last; tells whether anybody is not as before."""
    moved = False
    for left in reversed(range(MOST_CALLS)):
        ids = await around.accounts.after(claim, roll.after, AT_ONCE)
        rows = await around.patience(claim, source.accounts(ids)) if ids else []
        if rows is None:
            logger.warning("the site does not show people", connection_id=claim.connection_id)
        more = rows is not None and len(ids) == AT_ONCE
        ended = roll.read if more and left else around.clock()
        roll = Roll(roll.seq, ids[-1] if more else "", ended)
        moved |= await around.accounts.note_told(claim, accounts_told(rows or (), ids), roll)
        if not more:
            break
    return moved
