"""What a site may say other than an answer.

SiteSays
├── Wait                not now; `until` says when
├── CredentialRefused   this credential is not taken, and must not be tried again
└── SiteRefuses         asked again, it would say the same
    ├── OutOfScope      the token is taken, and not for this
    └── PageRefused     asked for something else, it might not
        └── BrokenOff   asked from the beginning, it might not
"""

from services.kernel.errors import SiteUnreachable
from services.kernel.ids import Instant


class NotJson(SiteUnreachable):
    """Something else answered: what stands before a site, or no Jira."""


class SiteSays(Exception):
    """A site did not give what it was asked for."""


class Wait(SiteSays):
    """The site asks for patience until an instant.

    `reason` is the site's own (RateLimit-Reason), "unknown" where it gives none, and "turn" where
    others of this product have their turn first.
    """

    def __init__(self, until: Instant, reason: str = "unknown") -> None:
        super().__init__("the site asks for patience")
        self.until = until
        self.reason = reason


class CredentialRefused(SiteSays):
    """The site does not take the credential: trying again could lock the account."""

    def __init__(self) -> None:
        super().__init__("the site refuses the credential")


class SiteRefuses(SiteSays):
    """The site's answer is of no use, and would be the same again."""


class OutOfScope(SiteRefuses):
    """The token is one with scopes, and none of them covers what was asked for."""

    def __init__(self) -> None:
        super().__init__("the API token has no scope for what was asked of the site")


class PageRefused(SiteRefuses):
    """What was asked for is what the site stumbles over: a part of it may be had."""


class BrokenOff(PageRefused):
    """A list that the site began, and does not go on with."""
