"""Accounts where no issue names anybody: what runs know of people beside all that tests look at."""

from collections.abc import Sequence

from services.kernel.site_account import SiteAccount
from services.sync.domain.accounts import Met, Roll
from services.sync.domain.site_lists import SiteList
from services.sync.store.claims import Hold


class Nobody:
    """Knows no account; see AccountStore."""

    async def roll(self, hold: Hold) -> Roll:
        """Tell that nobody was met."""
        return Roll()

    async def met(self, hold: Hold, since: int) -> Met:
        """Meet nobody."""
        return Met()

    async def note_met(self, hold: Hold, met: Met) -> bool:
        """Tell that nobody is new."""
        return False

    async def after(self, hold: Hold, account_id: str, most: int) -> list[str]:
        """List nobody."""
        return []

    async def note_told(self, hold: Hold, told: Sequence[SiteAccount], roll: Roll) -> bool:
        """Tell that nobody changed."""
        return False


class NoLists:
    """Lists of a site that nobody keeps; see SiteListStore."""

    async def projects(self, hold: Hold, most: int) -> tuple[list[str], bool]:
        """Give no project."""
        return [], True

    async def note(self, hold: Hold, listed: SiteList) -> None:
        """Keep nothing."""
