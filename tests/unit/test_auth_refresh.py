"""Refreshing: one child for each parent, a lost answer given again, an old token as an alarm."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from services.auth.domain.session import (
    GRACE_MILLISECONDS,
    MOST_REFRESHES,
    SESSION_MILLISECONDS,
    digest_of,
)
from services.kernel.errors import AccountDisabled, RefreshTokenInvalid, TooManyAttempts
from services.kernel.ids import UserId
from services.kernel.membership import Role
from services.kernel.origin import Origin
from tests.unit.auth_examples import NOW, membership
from tests.unit.auth_sessions import MASTER, OLD_MASTER, World


async def test_a_token_is_traded_for_a_child_of_its_session() -> None:
    """The pair handed out is the pair kept, and nobody is alarmed."""
    world = World()
    first, begun = await world.begin()
    second = await world.refresh(first.refresh_token)
    kept = world.store.tokens[digest_of(second.refresh_token)]
    assert (kept.session_id, kept.used) == (begun.session.session_id, False)
    assert world.store.tokens[begun.token.digest].used
    assert (world.alarms, world.told) == ([], [])
    assert second.refresh_token not in repr(second)
    assert len(second.refresh_token) == len(first.refresh_token) == 43


async def test_a_session_knows_when_and_whence_it_was_used() -> None:
    """The last use and its network move on; what the client called itself at first stays."""
    world = World()
    first, begun = await world.begin()
    world.now += 1000
    await world.refresh(first.refresh_token, Origin("198.51.100.0/24", "another"))
    session = world.store.sessions[begun.session.session_id]
    assert (session.created, session.last_used) == (NOW, NOW + 1000)
    assert (session.device, session.address_prefix) == ("a browser", "198.51.100.0/24")


@pytest.mark.parametrize("later", [0, 1, GRACE_MILLISECONDS])
async def test_a_lost_answer_is_given_again(later: int) -> None:
    """Up to ten seconds after its trade a token gives the same pair, as often as it is shown."""
    world = World()
    first, _ = await world.begin()
    given = await world.refresh(first.refresh_token)
    world.now += later
    for _ in range(3):
        again = await world.refresh(first.refresh_token)
        assert (again.access_token, again.refresh_token) == (
            given.access_token,
            given.refresh_token,
        )
        assert again.expires_in_seconds in {900 - later // 1000, 899 - later // 1000}
    assert len(world.store.tokens) == 2
    assert (world.alarms, world.told, world.actions) == ([], [], ["session.begin"])


async def test_a_role_that_changed_is_in_the_pair_given_again() -> None:
    """Nobody gets a role back by asking again; the refresh token is the same."""
    world = World()
    first, _ = await world.begin()
    given = await world.refresh(first.refresh_token)
    world.accounts.person = replace(membership(), role=Role.VIEWER, version=1)
    again = await world.refresh(first.refresh_token)
    assert again.refresh_token == given.refresh_token
    assert again.access_token != given.access_token
    assert "VIEWER" in again.access_token


async def test_after_the_grace_a_spent_token_ends_its_session() -> None:
    """A millisecond later it is reuse: no tokens, an alarm, an event, and news of the end."""
    world = World()
    first, begun = await world.begin()
    second = await world.refresh(first.refresh_token)
    world.now += GRACE_MILLISECONDS + 1
    for text in (first.refresh_token, second.refresh_token, first.refresh_token):
        with pytest.raises(RefreshTokenInvalid):
            await world.refresh(text)
    assert [one.subject for one in world.told] == [begun.session.session_id]
    assert world.told == world.store.revocations
    assert [one.session_id for one in world.alarms] == [begun.session.session_id]
    assert world.actions == ["session.begin", "session.reuse"]
    seen = world.store.events[1]
    assert (seen.succeeded, seen.target_id) == (False, begun.session.session_id)
    assert (seen.address_prefix, seen.trace_id[:4]) == ("192.0.2.0/24", "0af7")


async def test_a_spent_token_of_a_session_that_ended_is_told_once() -> None:
    """Somebody has an old token also where its session was signed out: once it is an alarm."""
    world = World()
    first, begun = await world.begin()
    await world.refresh(first.refresh_token)
    await world.sign_out(begun.session.session_id)
    world.now += GRACE_MILLISECONDS + 1
    for _ in range(3):
        with pytest.raises(RefreshTokenInvalid):
            await world.refresh(first.refresh_token)
    assert [one.session_id for one in world.alarms] == [begun.session.session_id]
    assert world.actions == ["session.begin", "session.end", "session.reuse"]
    assert [one.subject for one in world.told] == [begun.session.session_id]


async def test_a_parent_whose_child_was_used_ends_its_session_within_the_grace() -> None:
    """Whoever has the child has no need of its parent: somebody else shows it."""
    world = World()
    first, begun = await world.begin()
    second = await world.refresh(first.refresh_token)
    third = await world.refresh(second.refresh_token)
    with pytest.raises(RefreshTokenInvalid):
        await world.refresh(first.refresh_token)
    with pytest.raises(RefreshTokenInvalid):
        await world.refresh(third.refresh_token)
    assert world.store.sessions[begun.session.session_id].revoked
    assert len(world.alarms) == 1


async def test_another_session_survives() -> None:
    """Reuse in one session ends that one: another one of the same person goes on."""
    world = World()
    first, _ = await world.begin()
    elsewhere, other = await world.begin()
    await world.refresh(first.refresh_token)
    world.now += GRACE_MILLISECONDS + 1
    with pytest.raises(RefreshTokenInvalid):
        await world.refresh(first.refresh_token)
    await world.refresh(elsewhere.refresh_token)
    assert not world.store.sessions[other.session.session_id].revoked


async def test_many_at_once_get_one_child() -> None:
    """Of 50 who show one token at once each gets the same pair, and one child is kept."""
    world = World()
    first, _ = await world.begin()
    grants = await asyncio.gather(*(world.refresh(first.refresh_token) for _ in range(50)))
    pairs = {(grant.access_token, grant.refresh_token) for grant in grants}
    assert len(pairs) == 1
    assert len(world.store.tokens) == 2
    assert world.alarms == []


async def test_a_trade_whose_end_was_not_heard_of_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store kept it and could not say so: whoever asked gets what was kept, with no alarm."""
    world = World()
    first, _ = await world.begin()
    trade = world.store.trade

    async def unheard(*args: Any, **kwargs: Any) -> bool:
        assert await trade(*args, **kwargs)
        return False

    monkeypatch.setattr(world.store, "trade", unheard)
    grant = await world.refresh(first.refresh_token)
    assert digest_of(grant.refresh_token) in world.store.tokens
    assert (len(world.store.tokens), world.alarms) == (2, [])


async def test_a_session_that_ended_gives_nothing_again() -> None:
    """Within the grace of a trade, too, signing out is the end; that is no alarm."""
    world = World()
    first, begun = await world.begin()
    second = await world.refresh(first.refresh_token)
    await world.sign_out(begun.session.session_id)
    for text in (first.refresh_token, second.refresh_token):
        with pytest.raises(RefreshTokenInvalid):
            await world.refresh(text)
    assert world.alarms == []
    assert world.actions == ["session.begin", "session.end"]


async def test_a_session_ends_seven_days_after_it_began() -> None:
    """However often it is refreshed; its last access token does not outlive it."""
    world = World()
    grant, _ = await world.begin()
    for hours in range(1, 7 * 24):
        world.now = NOW + hours * 3_600_000
        grant = await world.refresh(grant.refresh_token)
    world.now = NOW + SESSION_MILLISECONDS - 1000
    grant = await world.refresh(grant.refresh_token)
    assert grant.expires_in_seconds == 1
    world.now = NOW + SESSION_MILLISECONDS
    with pytest.raises(RefreshTokenInvalid):
        await world.refresh(grant.refresh_token)
    assert world.alarms == []


async def test_a_session_is_refreshed_thirty_times_a_minute() -> None:
    """The next one waits, and its token stays good; what is given again is not counted."""
    world = World()
    grant, _ = await world.begin()
    for _ in range(MOST_REFRESHES):
        world.now += 100
        before, grant = grant, await world.refresh(grant.refresh_token)
        await world.refresh(before.refresh_token)
    with pytest.raises(TooManyAttempts) as refused:
        await world.refresh(grant.refresh_token)
    world.now += int(refused.value.metadata["retry_after_seconds"]) * 1000
    await world.refresh(grant.refresh_token)


async def test_who_may_not_sign_in_keeps_no_session_up() -> None:
    """Disabled, about to be erased, or no member any more: refused, and the token is unspent."""
    world = World()
    first, begun = await world.begin()
    world.accounts.change(disabled=True)
    with pytest.raises(AccountDisabled):
        await world.refresh(first.refresh_token)
    world.accounts.change(disabled=False, erased_from=NOW + 1)
    with pytest.raises(RefreshTokenInvalid):
        await world.refresh(first.refresh_token)
    gone = replace(begun.token, user_id=UserId("usr_2"))
    world.store.tokens = {gone.digest: gone}
    with pytest.raises(RefreshTokenInvalid):
        await world.refresh(first.refresh_token)
    assert world.store.tokens == {gone.digest: gone}


async def test_a_rotation_of_master_keys_keeps_lost_answers() -> None:
    """A child of an older master key is told again while that key is still given."""
    world = World(masters=(OLD_MASTER,))
    first, _ = await world.begin()
    given = await world.refresh(first.refresh_token)
    world.masters = (MASTER, OLD_MASTER)
    assert await world.refresh(first.refresh_token) == given
    world.masters = (MASTER,)
    with pytest.raises(RefreshTokenInvalid):
        await world.refresh(first.refresh_token)
    assert world.alarms == []
    await world.refresh(given.refresh_token)


async def test_a_child_needs_its_parent_and_a_master_key() -> None:
    """Parents of one key, or one parent under two keys, have different children."""
    texts = [
        World(masters=(master,)).granting.successors.child_of(parent)
        for master in (MASTER, OLD_MASTER)
        for parent in ("a", "b")
    ]
    assert len(set(texts)) == 4
    assert World(masters=(MASTER,)).granting.successors.child_of("a") == texts[0]
