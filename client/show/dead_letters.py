"""Dead letters as a list: what ended, why, and whether it was started again."""

from collections.abc import Iterable

from rich.console import RenderableType

from client.refusals import explain
from client.show.listing import filled, listing, word
from jira_analytics.sync.v1.sync_pb2 import DeadLetter, ReplayDeadLettersResponse, SyncJob

REASONS = {
    DeadLetter.ATTEMPTS_SPENT: "no answer for hours",
    DeadLetter.KILLED_WORKERS: "killed its workers",
    DeadLetter.UNEXPECTED: "something unexpected",
    DeadLetter.UNUSABLE: "an answer of no use",
}


def show_dead_letters(letters: Iterable[DeadLetter]) -> RenderableType:
    """Show letters, one a line."""
    table = listing("id", "ended (UTC)", "what", "why", "tries", "error", "replayed as")
    return filled(
        table,
        (
            (
                one.id,
                f"{one.create_time.ToDatetime():%m-%d %H:%M}",
                word(SyncJob.Mode.Name(one.mode)),
                REASONS.get(one.reason, word(DeadLetter.Reason.Name(one.reason))),
                f"{one.attempts:,}",
                one.error,
                one.replay_job_id,
            )
            for one in letters
        ),
    )


def show_replays(replays: Iterable[ReplayDeadLettersResponse.Replay]) -> RenderableType:
    """Show what became of letters, one a line."""
    table = listing("id", "its job", "state", "problem")
    return filled(
        table,
        (
            (
                one.dead_letter_id,
                one.job.id,
                word(SyncJob.State.Name(one.job.state)) if one.HasField("job") else "",
                explain(one.error.reason, one.error.message)[0] if one.HasField("error") else "",
            )
            for one in replays
        ),
    )
