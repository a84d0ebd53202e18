"""What a caller sees of what went wrong: words that are meant for them, and no others (E7)."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from jira_analytics.errors.v1.reason_pb2 import Error
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.chassis.identity import Caller
from services.chassis.layers import Joined, handlers
from services.kernel import errors
from services.kernel.errors import InvalidField, NotFound, ProductError, StoreUnavailable
from tests.rpc.auth_service import Refusal, refusal_of
from tests.unit.chassis_process import DESCRIPTOR, NAME, TOKEN, Does, process

CANARY = "canary mongodb://user:secret@host refused"
EXAMPLES: dict[type[ProductError], tuple[Any, ...]] = {
    errors.InvalidField: ("scope.projects[1]", "this is none"),
    errors.SiteNotAllowed: ("site_url", "this is none"),
    errors.ConnectionAmbiguous: (["one", "two"],),
    errors.TokenInvalid: ("no token",),
    errors.RoleInsufficient: ("ADMIN",),
    errors.ScopeInsufficient: ("sync:write",),
    errors.LimitReached: ("API keys", 100),
    errors.TooManyAttempts: (30,),
    errors.QuotaSpent: (5, 720_000),
    errors.NotFound: ("connection",),
    errors.ConnectionNameTaken: ("one",),
    errors.SiteNotJira: ("deployment type Server",),
    errors.SiteUnreachable: ("TimeoutError",),
}


class Unspeakable(Exception):
    """An error that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError(CANARY)


def raising(error: BaseException) -> Does:
    async def does(_context: object) -> None:
        raise error

    return does


def chained() -> ProductError:
    """Make an error of ours that came of another."""
    away = StoreUnavailable()
    away.__cause__ = ConnectionError(CANARY)
    return away


async def refused(call: Awaitable[object]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    return failed.value


async def seen(does: Does) -> tuple[Refusal, Refusal, list[EventDict]]:
    """Call a method of either kind: what the caller gets of each, and what is logged."""
    with capture_logs() as logged:
        async with process(does) as running:
            unary = refusal_of(await refused(running.start()))
            stream = refusal_of(await refused(running.watch()))
    return unary, stream, logged


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(CANARY),
        KeyError(CANARY),
        ExceptionGroup(CANARY, [ValueError(CANARY)]),
        UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
        StopAsyncIteration(CANARY),
        Unspeakable(CANARY),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_unexpected_errors_words_stay_here(error: Exception) -> None:
    """Unary or streaming: INTERNAL and an id, in no header or trailer a word of the error."""
    unary, stream, logged = await seen(raising(error))
    for refusal in (unary, stream):
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
        assert "internal error" in refusal.everything
        assert "canary" not in refusal.everything
        assert type(error).__name__ not in refusal.everything
        assert "Traceback" not in refusal.everything
        told = [
            line
            for line in logged
            if line.get("correlation_id") == refusal.metadata["correlation_id"]
        ]
        assert [line["log_level"] for line in told] == ["error"]
    assert unary.metadata["correlation_id"] != stream.metadata["correlation_id"]


@pytest.mark.parametrize("quoted", ["\ud800", "x" * 600_000])
async def test_a_refusal_can_be_sent_whatever_it_quotes(quoted: str) -> None:
    """What somebody else said may be no UTF-8, or without end: gRPC would answer by itself."""
    unary, stream, _ = await seen(raising(errors.SiteNotJira(quoted)))
    for refusal in (unary, stream):
        assert (refusal.reason, len(refusal.everything) < 10_000) == ("SITE_NOT_JIRA", True)


async def test_the_log_has_what_really_happened() -> None:
    """The line with the caller's id names the method and holds the error itself."""
    error = RuntimeError(CANARY)
    _, _, logged = await seen(raising(error))
    told = [line for line in logged if line["event"] == "unexpected error"]
    assert [line["endpoint"] for line in told] == [f"/{NAME}/StartSync", f"/{NAME}/WatchSyncJob"]
    assert all(line["exc_info"] is error for line in told)


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, ProductError) and kind is not ProductError
    ],
    ids=lambda kind: str(kind.__name__),
)
async def test_an_error_of_ours_is_answered_as_it_is(kind: Callable[..., ProductError]) -> None:
    """Status, sentence, reason, domain and metadata are the error's; nothing is logged."""
    error = kind(*EXAMPLES.get(kind, ()))  # type: ignore[call-overload]
    unary, stream, logged = await seen(raising(error))
    for refusal in (unary, stream):
        assert refusal.code is grpc.StatusCode[error.status]
        assert refusal.reason == error.reason
        assert Error.Reason.Value(refusal.reason)
        assert refusal.metadata == error.metadata
        assert error.message in refusal.everything
    assert not [line for line in logged if line["event"] == "unexpected error"]


async def test_the_cause_of_an_error_of_ours_stays_here() -> None:
    """A store's own words, chained to our error, are logged with the method and not answered."""
    unary, stream, logged = await seen(raising(chained()))
    assert (unary.reason, stream.reason) == ("STORE_UNAVAILABLE", "STORE_UNAVAILABLE")
    assert "canary" not in unary.everything + stream.everything
    told = [line for line in logged if line["event"] == "no answer could be had"]
    assert [line["endpoint"] for line in told] == [f"/{NAME}/StartSync", f"/{NAME}/WatchSyncJob"]
    assert all(line["cause"] == f"ConnectionError('{CANARY}')" for line in told)


async def test_time_that_was_not_enough_is_no_internal_error() -> None:
    """A TimeoutError is DEADLINE_EXCEEDED, without its words."""
    unary, stream, logged = await seen(raising(TimeoutError(CANARY)))
    for refusal in (unary, stream):
        assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
        assert "canary" not in refusal.everything
    assert not [line for line in logged if line["event"] == "unexpected error"]


async def test_a_sentence_in_any_script_arrives() -> None:
    """Names that people gave, line feeds and all, do not break the answer."""
    unary, _, _ = await seen(raising(InvalidField("name", "Zo\u00eb \U0001f600\r\nx: y\x00")))
    assert unary.code is grpc.StatusCode.INVALID_ARGUMENT
    assert unary.metadata == {"field": "name"}


async def test_a_stream_gives_what_it_had() -> None:
    """What came before the failure has arrived; then comes the refusal."""
    async with process(raising(NotFound("job"))) as running:
        call = running.stub.WatchSyncJob(pb.WatchSyncJobRequest(), metadata=TOKEN)
        assert (await call.read()).id == "job_1"
        refusal = refusal_of(await refused(call.read()))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")


async def test_what_fails_on_the_way_in_is_answered_alike() -> None:
    """Failures surround access: whatever verification raises stays here, too."""

    async def broken(_token: str) -> Caller:
        raise RuntimeError(CANARY)

    async with process(verify=broken) as running:
        refusal = refusal_of(await refused(running.start()))
    assert refusal.reason == "INTERNAL"
    assert "canary" not in refusal.everything


async def test_bytes_that_are_no_message_say_nothing_of_the_code() -> None:
    """What cannot be parsed never reaches a method, and its refusal shows no traceback."""
    async with process() as running:
        call: Any = running.channel.unary_unary(f"/{NAME}/StartSync")
        refusal = refusal_of(await refused(call(b"\xff\xff\xff", metadata=TOKEN, timeout=10)))
        stranger = refusal_of(await refused(call(b"\xff\xff\xff", timeout=10)))
    assert (refusal.reason, refusal.metadata) == ("INVALID_FIELD", {"field": "request"})
    assert "Decode" not in refusal.everything
    assert stranger.reason == "TOKEN_INVALID"


def test_a_method_that_is_not_written_is_not_served() -> None:
    """A servicer that lacks one of its descriptor's methods fails at the start, not in a call."""
    with pytest.raises(AttributeError, match="StartSync"):
        handlers(DESCRIPTOR, object(), ())
    with pytest.raises(AttributeError, match="StartSync"):
        handlers(DESCRIPTOR, Joined(object(), object()), ())


async def test_a_process_answers_on_after_a_failure() -> None:
    """One call's failure is no other's."""
    failures = [RuntimeError(CANARY)]

    async def once(_context: object) -> None:
        if failures:
            raise failures.pop()

    async with process(once) as running:
        await refused(running.start())
        assert (await running.start()).id == "job_1"
        assert [job.id for job in await running.watch()] == ["job_1"]


async def test_who_must_wait_is_told_how_long_in_a_trailer() -> None:
    """An error that says after how many seconds to try again says so as `retry-after` too."""
    async with process(raising(errors.TooManyAttempts(30))) as running:
        error = await refused(running.start())
    assert ("retry-after", "30") in [tuple(pair) for pair in error.trailing_metadata() or ()]
    async with process(raising(errors.TokenInvalid("no token"))) as running:
        error = await refused(running.start())
    assert "retry-after" not in dict(error.trailing_metadata() or ())
