"""Dead letters, packed into the messages that answer."""

from jira_analytics.sync.v1 import sync_pb2 as pb
from services.sync import answers
from services.sync.dead_letters.letters import Outcome
from services.sync.domain.dead_letter import DeadLetter


def letter(value: DeadLetter) -> pb.DeadLetter:
    """Pack a letter."""
    return pb.DeadLetter(
        id=value.letter_id,
        connection_id=value.connection_id,
        job_id=value.job_id,
        mode=pb.SyncJob.Mode.Value(value.mode.value),
        reason=pb.DeadLetter.Reason.Value(value.death.reason.value),
        error=value.death.error,
        attempts=value.death.attempts,
        job_create_time=answers.time(value.job_created),
        create_time=answers.time(value.died),
        replay_time=answers.time(value.replayed),
        replay_job_id=value.replay_job_id or "",
    )


def replay(value: Outcome) -> pb.ReplayDeadLettersResponse.Replay:
    """Pack what became of a letter."""
    return pb.ReplayDeadLettersResponse.Replay(
        dead_letter_id=value.letter.letter_id,
        job=answers.job(value.job) if value.job else None,
        started=value.started,
        error=answers.failure(value.failure),
    )
