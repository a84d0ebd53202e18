"""What can go wrong for a person at a terminal: what happened, and what to do next.

ClientError
├── Refused                the product said no; `reason` is the contract's
│   └── NotSignedIn        no token, or one that does not hold any more
├── Unreachable            nothing that may be trusted answers at the gateway's address
└── SyncFailed             the sync ended, and not well
"""

from collections.abc import Mapping
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


class ClientError(Exception):
    """An error with its sentence, and with advice where there is a next step."""

    def __init__(self, sentence: str, *, advice: str = "") -> None:
        super().__init__(f"{sentence}; {advice}" if advice else sentence)
        self.sentence = sentence
        self.advice = advice


class Refused(ClientError):
    """The product's answer is an error; `reason` is one of jira_analytics.errors.v1, or empty."""

    def __init__(
        self,
        sentence: str,
        *,
        reason: str,
        advice: str = "",
        metadata: Mapping[str, str] = NOTHING,
    ) -> None:
        super().__init__(sentence, advice=advice)
        self.reason = reason
        self.metadata = metadata


class NotSignedIn(Refused):
    """There is no token for this gateway, or the one there is does not hold any more."""

    def __init__(self, origin: str, *, was: bool) -> None:
        said = "your session has ended at" if was else "you are not signed in at"
        super().__init__(
            f"{said} {origin}",
            reason="TOKEN_INVALID",
            advice="sign in with: jira-analytics login",
        )


class Unreachable(ClientError):
    """No gateway answers at the address, or one that cannot be trusted, or not in time."""


class SyncFailed(ClientError):
    """A sync ended without having stored everything."""
