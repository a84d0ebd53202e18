"""Lets a call in, or not, as its method's declaration in the contract says."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Final, Self

from jira_analytics.options.v1 import options_pb2
from jira_analytics.options.v1.options_pb2 import Access
from services.chassis import deadline, identity, origin
from services.chassis.acting import actor_of, actor_of_service
from services.chassis.identity import Caller, Role
from services.chassis.layers import BoundLayer, Context, Layer, Method, Outward
from services.chassis.tokens import Verify, VerifyService
from services.kernel.audit import Actor
from services.kernel.errors import RoleInsufficient, ScopeInsufficient, TokenInvalid
from services.kernel.membership import ServiceScope

# Notes who was refused, what they called ("WorkspaceService.RemoveMember"), and for what reason.
NoteRefusal = Callable[[Actor, str, str], Awaitable[None]]

_Note = Callable[[Actor, str], Awaitable[None]]

BEARER: Final = "Bearer "
_ROLES: Final = {
    Access.VIEWER: Role.VIEWER,
    Access.MEMBER: Role.MEMBER,
    Access.ADMIN: Role.ADMIN,
}
# What no person and no machine of a workspace may call, whatever their token says.
_SERVICE_SCOPES: Final = {
    Access.INTERNAL: ServiceScope.INTERNAL,
    Access.OPERATOR: ServiceScope.OPERATOR,
}
_VERBS: Final = {Access.VIEWER: "read", Access.MEMBER: "write", Access.ADMIN: "admin"}
# What scopes call the packages of the contract.
_AREAS: Final = {"auth": "workspace"}
PEOPLE_ONLY: Final = "person"
# How often whoever follows a stream is asked for again.
ASK_AGAIN_SECONDS: Final = 1.0


def level_of(method: Method) -> Access.Level.ValueType:
    """Read a method's access level; ValueError where it declares none."""
    level = method.descriptor.GetOptions().Extensions[options_pb2.access]
    if level == Access.LEVEL_UNSPECIFIED:
        raise ValueError(f"{method.path} declares no access level")
    return level


def scope_of(method: Method) -> str:
    """Name the scope that a machine needs for a method; "person" where none would do."""
    verb = _VERBS.get(level_of(method))
    package = method.service.split(".")[1]
    return PEOPLE_ONLY if verb is None else f"{_AREAS.get(package, package)}:{verb}"


def bearer_token(context: Context) -> str:
    """Take the access token from a call's metadata; TokenInvalid unless there is exactly one."""
    found = [value for key, value in context.invocation_metadata() or () if key == "authorization"]
    if len(found) != 1 or not isinstance(found[0], str) or not found[0].startswith(BEARER):
        raise TokenInvalid("this call needs an access token")
    return found[0][len(BEARER) :]


async def unnoted(_actor: Actor, _called: str, _reason: str) -> None:
    """Note no refusal: for a service that keeps nothing."""


@dataclass(frozen=True, slots=True)
class _Asks:
    """What a method asks of whoever calls it."""

    role: Role | None
    scope: str
    public: bool

    def lack_of(self, caller: Caller) -> RoleInsufficient | ScopeInsufficient | None:
        """Tell what a caller lacks, if anything."""
        if self.role is not None and not caller.role.covers(self.role):
            return RoleInsufficient(self.role.value)
        if caller.scopes is not None and self.scope not in caller.scopes:
            return ScopeInsufficient(self.scope)
        return None


class _Left:
    """The way out of a call: what was noted ends with the call's own context."""

    __slots__ = ()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the notes where they are."""


class _ServiceEntry(_Left):
    """A service's way into a call that is for services only."""

    __slots__ = ("_context", "_note", "_scope", "_verify")

    def __init__(
        self, context: Context, verify: VerifyService, *, scope: ServiceScope, note: _Note
    ) -> None:
        self._context = context
        self._verify = verify
        self._scope = scope
        self._note = note

    async def __aenter__(self) -> None:
        deadline.begin(self._context.time_remaining())
        origin.note(self._context)
        calling = await self._verify(bearer_token(self._context))
        if calling.scope is not self._scope:
            await self._note(actor_of_service(calling), ScopeInsufficient.reason)
            raise ScopeInsufficient(self._scope.value)
        identity.note_service(calling)


class _Entry(_Left):
    """A person's or a machine's way into a call, or anybody's into a public one."""

    __slots__ = ("_asks", "_context", "_note", "_verify")

    def __init__(self, context: Context, verify: Verify, *, asks: _Asks, note: _Note) -> None:
        self._context = context
        self._verify = verify
        self._asks = asks
        self._note = note

    async def __aenter__(self) -> Outward | None:
        deadline.begin(self._context.time_remaining())
        origin.note(self._context)
        if not self._asks.public:
            await self._let_in()
        return None

    async def _let_in(self) -> None:
        caller = await self._verify(bearer_token(self._context))
        lack = self._asks.lack_of(caller)
        if lack is not None:
            await self._note(actor_of(caller), lack.reason)
            raise lack
        identity.note(caller)


class _StreamEntry(_Entry):
    """A way into a call that stays open: its token must hold for as long as it does.

    Whoever signs out meanwhile sees no more than a second of it. Who waits for the next answer is
    interrupted. While an answer is on its way out nothing is: the call would end without a status.
    """

    __slots__ = ("_asking", "_before", "_cancelled", "_left", "_out", "_task")

    async def __aenter__(self) -> Outward | None:
        await super().__aenter__()
        task = asyncio.current_task()
        if self._asks.public or task is None:
            return None
        self._task, self._before = task, task.cancelling()
        self._out = self._left = self._cancelled = False
        self._asking = asyncio.create_task(self._keep_asking())
        self._asking.add_done_callback(self._refused)
        return self

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            await self._verify(bearer_token(self._context))

    @property
    def _refusal(self) -> BaseException | None:
        """What the token was refused for, as soon as it was."""
        ended = self._asking.done() and not self._asking.cancelled()
        return self._asking.exception() if ended else None

    def _refused(self, _asking: asyncio.Task[None]) -> None:
        if self._refusal is not None and not (self._left or self._out):
            self._cancelled = self._task.cancel()

    def __enter__(self) -> Self:
        self._out = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._out = False
        if error is None and self._refusal is not None:
            raise self._refusal

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say why, where it was us who interrupted (as asyncio.timeout does)."""
        if self._asks.public:
            return
        self._left = True
        self._asking.cancel()
        if not self._cancelled or self._task.uncancel() > self._before:
            return
        if isinstance(error, asyncio.CancelledError) and self._refusal is not None:
            raise self._refusal from None


def access(
    verify: Verify, verify_service: VerifyService, note_refusal: NoteRefusal = unnoted
) -> Layer:
    """Make the layer that checks token and role, and notes who calls and until when."""

    def bind(method: Method) -> BoundLayer:
        level = level_of(method)
        only = _SERVICE_SCOPES.get(level)
        called = f"{method.service.rpartition('.')[2]}.{method.descriptor.name}"

        async def note(actor: Actor, reason: str) -> None:
            await note_refusal(actor, called, reason)

        if only is not None:
            return partial(_ServiceEntry, verify=verify_service, scope=only, note=note)
        asks = _Asks(_ROLES.get(level), scope_of(method), public=level == Access.PUBLIC)
        kind = _StreamEntry if method.descriptor.server_streaming else _Entry
        return partial(kind, verify=verify, asks=asks, note=note)

    return bind
