"""Refreshing, when others come between its steps."""

from dataclasses import dataclass, field, replace

import pytest

from services.auth.domain.account import Membership
from services.auth.domain.claims import Claims
from services.auth.domain.session import (
    Digest,
    RefreshToken,
    SessionId,
    digest_of,
    first_token,
)
from services.auth.sessions.granting import Granting
from services.auth.sessions.refresh import Refresh
from services.kernel.errors import RefreshTokenInvalid
from services.kernel.ids import UserId, WorkspaceId
from tests.unit.auth_examples import NOW, USER, WORKSPACE, membership


class Plain:
    """Signs nothing."""

    def sign(self, claims: Claims) -> str:
        return str(claims["jti"])


class Accounts:
    """Holds one person."""

    async def find(self, user_id: UserId, workspace_id: WorkspaceId) -> Membership | None:
        return membership() if (user_id, workspace_id) == (USER, WORKSPACE) else None


@dataclass
class Sessions:
    """Holds tokens in memory; others may come between a look and a trade."""

    tokens: dict[Digest, RefreshToken]
    revoked: list[SessionId] = field(default_factory=list)
    traded_by_another: bool = False
    ended_by_another: bool = False

    async def find(self, digest: Digest) -> RefreshToken | None:
        found = self.tokens.get(digest)
        if found and self.traded_by_another:
            self.tokens[digest] = replace(found, used=True)
        return found

    async def trade(self, spent: RefreshToken, successor: RefreshToken) -> bool:
        if self.tokens[spent.digest].used or self.ended_by_another:
            return False
        self.tokens[spent.digest] = replace(spent, used=True)
        self.tokens[successor.digest] = successor
        return True

    async def revoke(self, session_id: SessionId) -> None:
        self.revoked.append(session_id)


FIRST = first_token("text", SessionId("ses_1"), user_id=USER, workspace_id=WORKSPACE, now=NOW)


def refresh_of(sessions: Sessions, alarms: list[RefreshToken]) -> Refresh:
    return Refresh(Accounts(), sessions, Granting(Plain()), lambda: NOW, alarms.append)


async def test_a_token_is_traded_for_a_successor_of_its_session() -> None:
    """The pair handed out is the pair kept, and nobody is alarmed."""
    alarms: list[RefreshToken] = []
    sessions = Sessions({FIRST.digest: FIRST})
    grant = await refresh_of(sessions, alarms)("text")
    kept = sessions.tokens[digest_of(grant.refresh_token)]
    assert (kept.session_id, kept.used) == ("ses_1", False)
    assert sessions.tokens[FIRST.digest].used
    assert not alarms
    assert grant.refresh_token not in repr(grant)


async def test_a_token_traded_by_another_meanwhile_was_shown_twice() -> None:
    """Between our look and our trade somebody else traded it: the session ends, with an alarm."""
    alarms: list[RefreshToken] = []
    sessions = Sessions({FIRST.digest: FIRST}, traded_by_another=True)
    with pytest.raises(RefreshTokenInvalid):
        await refresh_of(sessions, alarms)("text")
    assert sessions.revoked == ["ses_1"]
    assert [token.session_id for token in alarms] == ["ses_1"]
    assert len(sessions.tokens) == 1


async def test_a_token_of_a_session_that_ended_is_no_alarm() -> None:
    """Whoever comes late with an unused token is refused, and nothing more."""
    alarms: list[RefreshToken] = []
    sessions = Sessions({FIRST.digest: FIRST}, ended_by_another=True)
    with pytest.raises(RefreshTokenInvalid):
        await refresh_of(sessions, alarms)("text")
    assert (sessions.revoked, alarms) == ([], [])


async def test_a_person_who_is_gone_keeps_no_session_up() -> None:
    """A token of somebody who is no member any more is refused, unspent."""
    gone = replace(FIRST, user_id=UserId("usr_2"))
    sessions = Sessions({gone.digest: gone})
    with pytest.raises(RefreshTokenInvalid):
        await refresh_of(sessions, [])("text")
    assert sessions.tokens == {gone.digest: gone}
