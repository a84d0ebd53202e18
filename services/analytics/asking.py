"""Asks a question for a caller: about which connection, at which revision, then the answer."""

from typing import Protocol

from cachetools import LRUCache

from services.analytics.answers import Answer, Answers
from services.analytics.domain.question import Asked, Question, Subject
from services.kernel.errors import ConnectionAmbiguous, ConnectionNotSynced, NotFound
from services.kernel.ids import WorkspaceId

# Rises with every change of what a stored answer means: a definition, the message, the packing.
ANSWER_FORMAT = 2
REMEMBERED = 10_000


class Subjects(Protocol):
    """The connections that can be asked about."""

    async def of_workspace(self, workspace_id: WorkspaceId, wanted: str) -> tuple[Subject, ...]:
        """Give a workspace's connections, the wanted one among them if there is one."""


class Asking:
    """Finds the connection a question is about, in the caller's workspace only, and its answer."""

    def __init__(self, subjects: Subjects, answers: Answers) -> None:
        self._subjects = subjects
        self._answers = answers
        self._remembered: LRUCache[tuple[str, str], Asked] = LRUCache(REMEMBERED)

    async def ask(self, question: Question, workspace_id: WorkspaceId) -> tuple[Asked, Answer]:
        """Answer a question; NotFound, ConnectionAmbiguous or ConnectionNotSynced otherwise."""
        wanted = question.connection
        subject = chosen(await self._subjects.of_workspace(workspace_id, wanted), wanted)
        asked = self._asked(subject, question)
        return asked, await self._answers.answer(asked)

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Drop what is remembered of a workspace's connections."""
        gone = [
            identity
            for identity, known in self._remembered.items()
            if known.subject.state.workspace_id == workspace_id
        ]
        for identity in gone:
            del self._remembered[identity]

    def _asked(self, subject: Subject, question: Question) -> Asked:
        """Give what is asked; the same object as long as the connection was not read again."""
        identity = (subject.state.connection_id, question.digest)
        known = self._remembered.get(identity)
        if known is None or known.subject is not subject:
            own = question.of_data(subject.state.written)
            known = Asked(subject, own, key_of(subject, own))
            self._remembered[identity] = known
        return known


def chosen(subjects: tuple[Subject, ...], wanted: str) -> Subject:
    """Choose a workspace's connection by id or name; left out, the only one."""
    if not wanted and len(subjects) > 1:
        raise ConnectionAmbiguous([subject.state.name for subject in subjects])
    for subject in subjects:
        if subject.answers_to(wanted):
            return _synced(subject)
    raise NotFound("connection")


def _synced(subject: Subject) -> Subject:
    state = subject.state
    if state.issue_count == 0 and state.complete_until is None:
        raise ConnectionNotSynced
    return subject


def key_of(subject: Subject, question: Question) -> str:
    """Make the key of an answer: all that it depends on, so that it cannot go stale."""
    state = subject.state
    return (
        f"answer:{ANSWER_FORMAT}:{state.workspace_id}:{state.connection_id}:{state.revision}"
        f":{subject.workflow.version}:{subject.mapping}:{question.report.value}:{question.digest}"
        f":{question.as_of}"
    )


def keys_of_workspace(workspace_id: WorkspaceId) -> str:
    """Make the pattern of the keys of all of a workspace's answers, of whatever format."""
    return f"answer:*:{workspace_id}:*"


def is_of_workspace(key: str, workspace_id: WorkspaceId) -> bool:
    """Tell whether a key is that of an answer of a workspace."""
    return key.split(":", 3)[2:3] == [workspace_id]
