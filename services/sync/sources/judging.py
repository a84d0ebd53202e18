"""What an answer's status means, whatever was asked."""

from collections.abc import Mapping

from services.kernel.errors import SiteUnreachable
from services.sync.sources.answers import CredentialRefused, OutOfScope, PageRefused, SiteRefuses

SERVER_ERRORS = 500
# A redirect is never followed: it could lead the credential elsewhere.
REDIRECT = 300
TOO_MANY = 429
UNAUTHORIZED = 401
FORBIDDEN = 403
# Bad request, too large, unprocessable: it is about what was asked for.
STUMBLING = frozenset({400, 413, 422})
NOT_NOW = 503
# With this the site says that an account was tried too often: a person must sign in first.
DENIED = "X-Authentication-Denied-Reason"
# Whose token has expired many calls answer as to nobody: 200, with nothing in it. This tells.
LOGIN = "X-Seraph-LoginReason"
NOT_SIGNED_IN = frozenset({"AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED"})
# So Atlassian's gateway says, with 401, that a token that it takes has no scope for a call.
FAILURE = "X-Failure-Category"
NO_SCOPE = "FAILURE_CLIENT_SCOPE_CHECK"
NO_SCOPE_SAID = b"scope does not match"


class NotNow(Exception):
    """The site wants to be asked later, as its headers say."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__("not now")
        self.headers = headers


def judge(status: int, headers: Mapping[str, str], said: bytes = b"") -> None:
    """Let an answer pass that is one; else say what the site says with it.

    `said` is how the body of a 401 begins.
    """
    if status == TOO_MANY or (status == NOT_NOW and "Retry-After" in headers):
        raise NotNow(headers)
    if status == UNAUTHORIZED and (headers.get(FAILURE) == NO_SCOPE or NO_SCOPE_SAID in said):
        raise OutOfScope
    if status == UNAUTHORIZED or (status == FORBIDDEN and DENIED in headers):
        raise CredentialRefused
    if headers.get(LOGIN, "").strip().upper() in NOT_SIGNED_IN:
        raise CredentialRefused
    if status >= SERVER_ERRORS:
        raise SiteUnreachable(f"HTTP {status}")
    if status in STUMBLING:
        raise PageRefused(f"the site answered HTTP {status}")
    if status >= REDIRECT:
        raise SiteRefuses(f"the site answered HTTP {status}")
