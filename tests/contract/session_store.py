"""What whatever keeps sessions must promise; asked of the real store and of the one in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import pytest

from services.auth.domain.revocation import ended
from services.auth.domain.session import (
    MOST_REFRESHES,
    Beginning,
    Digest,
    RefreshToken,
    Session,
    SessionId,
    Trade,
    child_of,
)
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import TokenStale, TooManyAttempts
from services.kernel.ids import Instant, UserId
from services.kernel.origin import NOWHERE, Origin
from services.kernel.revocation import Revocation
from tests.unit.auth_examples import NOW, USER, WORKSPACE, acting, beginning

ELSEWHERE = Origin("198.51.100.0/24", "a telephone")


class Sessions(Protocol):
    """Keeps sessions and their tokens."""

    async def begin(self, beginning: Beginning, *events: AuditEvent) -> Sequence[Revocation]: ...

    async def find(self, digest: Digest) -> RefreshToken | None: ...

    async def session(self, session_id: SessionId) -> Session | None: ...

    async def trade(
        self, spent: RefreshToken, child: RefreshToken, *, now: Instant, origin: Origin
    ) -> bool: ...

    async def begin_beside(
        self, actor: Actor, beginning: Beginning, *events: AuditEvent
    ) -> Sequence[Revocation]: ...

    async def end_family(
        self, reused: RefreshToken, session: Session, actor: Actor, *, now: Instant
    ) -> Sequence[Revocation] | None: ...

    async def end(
        self, session_id: SessionId, user_id: UserId, *, revocation: Revocation, event: AuditEvent
    ) -> bool: ...


async def end(store: Sessions, session_id: str, user_id: UserId = USER) -> bool:
    named = SessionId(session_id)
    seen = event(Actor(USER, WORKSPACE), "session.end", now=NOW, target_id=session_id)
    return await store.end(named, user_id, revocation=ended(named, now=NOW), event=seen)


class SessionStoreSuite:
    """The promises; a subclass has the fixture `store`."""

    async def test_what_was_begun_is_found(self, store: Sessions) -> None:
        """A session and its first token come back as they were kept; others are not there."""
        begun = beginning("ses_1", "text")
        await store.begin(begun)
        assert await store.find(begun.token.digest) == begun.token
        assert await store.session(begun.session.session_id) == begun.session
        assert await store.find(Digest("another")) is None
        assert await store.session(SessionId("another")) is None

    async def test_a_trade_is_kept_whole(self, store: Sessions) -> None:
        """The parent knows its child and the moment, the session when and whence it was used."""
        begun = beginning("ses_1", "text")
        await store.begin(begun)
        child = child_of(begun.token, "child")
        assert await store.trade(begun.token, child, now=NOW + 5, origin=ELSEWHERE)
        spent = replace(begun.token, trade=Trade(child.digest, NOW + 5))
        assert await store.find(begun.token.digest) == spent
        assert await store.find(child.digest) == child
        used = replace(
            begun.session,
            last_used=NOW + 5,
            address_prefix="198.51.100.0/24",
            refreshed=(NOW + 5,),
        )
        assert await store.session(begun.session.session_id) == used

    async def test_a_token_is_traded_once(self, store: Sessions) -> None:
        """Of 30 concurrent trades of one token one wins; the others keep nothing. Five times."""
        for turn in range(5):
            begun = beginning(f"ses_{turn}", f"text {turn}")
            await store.begin(begun)
            children = [child_of(begun.token, f"{turn}-{number}") for number in range(30)]
            won = await asyncio.gather(
                *(store.trade(begun.token, one, now=NOW, origin=NOWHERE) for one in children)
            )
            assert won.count(True) == 1
            kept = [child for child in children if await store.find(child.digest)]
            assert kept == [children[won.index(True)]]

    async def test_a_trade_that_is_refused_keeps_nothing(self, store: Sessions) -> None:
        """A token of a session that has ended stays as it was, and has no child."""
        begun = beginning("ses_1", "text")
        await store.begin(begun)
        assert await end(store, "ses_1")
        child = child_of(begun.token, "child")
        assert not await store.trade(begun.token, child, now=NOW, origin=NOWHERE)
        assert await store.find(begun.token.digest) == begun.token
        assert await store.find(child.digest) is None

    async def test_a_session_is_traded_thirty_times_a_minute(self, store: Sessions) -> None:
        """The 31st trade within a minute is refused and keeps nothing; a minute later it is not."""
        begun = beginning("ses_1", "0")
        await store.begin(begun)
        token = begun.token
        for number in range(1, MOST_REFRESHES + 1):
            child = child_of(token, str(number))
            assert await store.trade(token, child, now=NOW + number, origin=NOWHERE)
            token = child
        child = child_of(token, "too many")
        with pytest.raises(TooManyAttempts) as refused:
            await store.trade(token, child, now=NOW + 1000, origin=NOWHERE)
        assert refused.value.metadata == {"retry_after_seconds": "60"}
        assert await store.find(token.digest) == token
        assert await store.find(child.digest) is None
        assert await store.trade(token, child, now=NOW + 60_001, origin=NOWHERE)

    async def test_a_session_is_ended_once_and_by_its_owner(self, store: Sessions) -> None:
        """Nobody else ends it; the owner does, once; of one that is not there nothing ends."""
        await store.begin(beginning("ses_1", "text"))
        await store.begin(beginning("ses_2", "another"))
        assert not await end(store, "ses_1", UserId("usr_2"))
        assert not await end(store, "ses_3")
        assert await end(store, "ses_1")
        assert not await end(store, "ses_1")
        other = await store.session(SessionId("ses_2"))
        assert other is not None
        assert not other.revoked

    async def test_a_family_ends_as_one(self, store: Sessions) -> None:
        """Those that were begun from a session end with it, once; another family goes on."""
        first, other = beginning("ses_1", "text"), beginning("ses_3", "other")
        await store.begin(first)
        await store.begin(other)
        switched = beginning("ses_2", "switched")
        of_family = replace(switched, session=replace(switched.session, family=SessionId("ses_1")))
        actor = acting("ses_1")
        await store.begin_beside(actor, of_family)
        ended_ones = await store.end_family(first.token, first.session, actor, now=NOW)
        assert {one.subject for one in ended_ones or ()} == {"ses_1", "ses_2"}
        assert await store.end_family(first.token, first.session, actor, now=NOW) is None
        for session_id, over in (("ses_1", True), ("ses_2", True), ("ses_3", False)):
            session = await store.session(SessionId(session_id))
            assert session is not None
            assert session.revoked is over

    async def test_a_family_ends_also_after_the_session_whose_token_comes_again(
        self, store: Sessions
    ) -> None:
        """What was begun from a session outlives its end, and not the reuse of its token."""
        first = beginning("ses_1", "text")
        await store.begin(first)
        switched = beginning("ses_2", "switched")
        of_family = replace(switched, session=replace(switched.session, family=SessionId("ses_1")))
        await store.begin_beside(acting("ses_1"), of_family)
        assert await end(store, "ses_1")
        actor = acting("ses_1")
        ended_ones = await store.end_family(first.token, first.session, actor, now=NOW)
        assert ended_ones == [ended("ses_2", now=NOW)]
        sibling = await store.session(SessionId("ses_2"))
        assert sibling is not None
        assert sibling.revoked
        assert await store.end_family(first.token, first.session, actor, now=NOW) is None

    async def test_each_token_that_comes_again_is_told_once(self, store: Sessions) -> None:
        """Also where nothing is left to end; however often, and however many show it at once."""
        first = beginning("ses_1", "text")
        await store.begin(first)
        child = child_of(first.token, "child")
        assert await store.trade(first.token, child, now=NOW, origin=NOWHERE)
        assert await end(store, "ses_1")
        for token in (first.token, child):
            told = await asyncio.gather(
                *(store.end_family(token, first.session, acting(), now=NOW) for _ in range(10))
            )
            assert [one for one in told if one is not None] == [[]]

    async def test_none_begins_beside_a_session_that_ended(self, store: Sessions) -> None:
        """Nothing of it is kept."""
        await store.begin(beginning("ses_1", "text"))
        assert await end(store, "ses_1")
        switched = beginning("ses_2", "switched")
        with pytest.raises(TokenStale):
            await store.begin_beside(acting("ses_1"), switched)
        assert await store.session(SessionId("ses_2")) is None
        assert await store.find(switched.token.digest) is None

    async def test_a_session_that_ends_during_a_trade_leaves_no_token(
        self, store: Sessions
    ) -> None:
        """However a trade and an end meet, 30 times, afterwards no token can be traded."""
        for turn in range(30):
            begun = beginning(f"ses_{turn}", f"a{turn}")
            await store.begin(begun)
            child = child_of(begun.token, f"b{turn}")
            _, over = await asyncio.gather(
                store.trade(begun.token, child, now=NOW, origin=NOWHERE), end(store, f"ses_{turn}")
            )
            assert over
            for token in (begun.token, child):
                if await store.find(token.digest):
                    late = child_of(token, f"c{token.digest}")
                    assert not await store.trade(token, late, now=NOW, origin=NOWHERE)
                    assert await store.find(late.digest) is None
