"""Whatever is shown in whatever order, a session has one head, and no old token gives tokens."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from services.auth.domain.session import (
    GRACE_MILLISECONDS,
    SESSION_MILLISECONDS,
    SessionId,
    digest_of,
)
from services.auth.sessions.granting import Grant
from services.kernel.errors import RefreshTokenInvalid, TooManyAttempts
from services.kernel.ids import Instant
from tests.unit.auth_sessions import World

WAITS = st.sampled_from(
    [0, 1, 900, GRACE_MILLISECONDS, GRACE_MILLISECONDS + 1, 60_000, SESSION_MILLISECONDS // 2]
)


@dataclass
class Seen:
    """A token's text, and what the model knows of it."""

    text: str
    session_id: SessionId
    traded: Instant | None = None
    child: "Seen | None" = field(default=None, repr=False)


class Interleavings(RuleBasedStateMachine):
    """Two sessions of one person; any token seen so far may be shown again, alone or at once."""

    tokens = Bundle("tokens")

    @initialize(target=tokens)
    def begin(self) -> object:
        self.world = World()
        self.ended: set[SessionId] = set()
        self.seen: dict[str, Seen] = {}
        begun = [asyncio.run(self.world.begin()) for _ in range(2)]
        return multiple(
            *(self.note(grant.refresh_token, one.session.session_id) for grant, one in begun)
        )

    def note(self, text: str, session_id: SessionId) -> Seen:
        return self.seen.setdefault(text, Seen(text, session_id))

    def may_give(self, token: Seen) -> bool:
        """Tell by the promise whether a token may give tokens now."""
        if token.session_id in self.ended or not self.lasts(token.session_id):
            return False
        if token.traded is None:
            return True
        unused = token.child is not None and token.child.traded is None
        return unused and self.world.now - token.traded <= GRACE_MILLISECONDS

    def lasts(self, session_id: SessionId) -> bool:
        return self.world.now < self.world.store.sessions[session_id].expires

    @rule(target=tokens, token=tokens, at_once=st.integers(1, 4))
    def show(self, token: Seen, at_once: int) -> object:
        """Show a token, some at once: all get the same pair, or all are refused."""
        allowed, before = self.may_give(token), token.traded

        async def together() -> list[Grant | BaseException]:
            asked = (self.world.refresh(token.text) for _ in range(at_once))
            return await asyncio.gather(*asked, return_exceptions=True)

        outcomes = asyncio.run(together())
        given = {one.refresh_token for one in outcomes if isinstance(one, Grant)}
        refusals = [one for one in outcomes if not isinstance(one, Grant)]
        if not allowed:
            assert not given
            assert all(isinstance(one, RefreshTokenInvalid) for one in refusals)
            if before is not None and self.lasts(token.session_id):
                self.ended.add(token.session_id)
            return multiple()
        if any(isinstance(one, TooManyAttempts) for one in refusals):
            assert not given
            return multiple()
        assert not refusals
        (text,) = given
        child = self.note(text, token.session_id)
        if before is None:
            token.traded, token.child = self.world.now, child
        assert token.child is child
        return child

    @rule(token=tokens)
    def sign_out(self, token: Seen) -> None:
        """End a session from wherever it is known."""
        asyncio.run(self.world.sign_out(token.session_id))
        self.ended.add(token.session_id)

    @rule(wait=WAITS)
    def wait(self, wait: int) -> None:
        """Let time go by."""
        self.world.now += wait

    @invariant()
    def one_head(self) -> None:
        """At most one token of a session that stands is unspent."""
        for session_id in self.world.store.sessions if hasattr(self, "world") else ():
            unspent = [
                token
                for token in self.world.store.tokens.values()
                if token.session_id == session_id and not token.used
            ]
            assert len(unspent) <= 1

    @invariant()
    def no_text_kept(self) -> None:
        """Keep tokens by their digests alone."""
        for text in self.seen if hasattr(self, "seen") else ():
            assert digest_of(text) in self.world.store.tokens
            assert text not in repr(self.world.store)

    @invariant()
    def ended_is_ended(self) -> None:
        """End what the promise ends, and tell every process."""
        for session_id in self.ended if hasattr(self, "ended") else ():
            assert self.world.store.sessions[session_id].revoked
            assert session_id in {one.subject for one in self.world.told}


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
