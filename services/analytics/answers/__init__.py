"""Answers, each layer around the next with one interface: process, single flight, Redis, report."""

from dataclasses import dataclass
from typing import Protocol

from services.analytics.domain.question import Asked


@dataclass(frozen=True, slots=True)
class Answer:
    """A serialised message without its provenance; `cached` if it was made for an earlier call."""

    body: bytes
    cached: bool


class Answers(Protocol):
    """Whatever can answer."""

    async def answer(self, asked: Asked) -> Answer:
        """Answer what is asked."""
