"""Everything that can go wrong in words a caller may read.

    ProductError
    ├── InvalidField              INVALID_ARGUMENT     a field's value cannot be accepted
    │   └── SiteNotAllowed                             the address is not one we may call
    ├── ConnectionAmbiguous       INVALID_ARGUMENT     several connections, none named
    ├── TokenInvalid              UNAUTHENTICATED      no token, or one that does not hold
    ├── CredentialsInvalid        UNAUTHENTICATED      e-mail and password do not belong together
    ├── RefreshTokenInvalid       UNAUTHENTICATED      the refresh token is of no use any more
    ├── RoleInsufficient          PERMISSION_DENIED    the caller's role is not enough
    ├── NotFound                  NOT_FOUND            not in the caller's workspace
    ├── EmailTaken                ALREADY_EXISTS       the address has an account
    ├── ConnectionNameTaken       ALREADY_EXISTS       the workspace has such a connection
    ├── ConnectionNeedsCredentials FAILED_PRECONDITION the site refuses the stored credential
    ├── SiteCredentialsRefused    FAILED_PRECONDITION  the site refuses the offered credential
    ├── SiteNotJira               FAILED_PRECONDITION  something else answers there
    ├── ConnectionNotSynced       FAILED_PRECONDITION  nothing stored yet
    ├── SiteUnreachable           UNAVAILABLE          the site does not answer now
    ├── StoreUnavailable          UNAVAILABLE          a store of ours does not answer now
    └── Overloaded                RESOURCE_EXHAUSTED   too much work at once

A reason is the identity of an error (jira_analytics.errors.v1.Error.Reason); its sentence may
change.
"""

from typing import ClassVar


class ProductError(Exception):
    """An error that is meant for the caller; `status` is a gRPC status code by name."""

    status: ClassVar[str]
    reason: ClassVar[str]

    def __init__(self, message: str, **metadata: str) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = metadata


class InvalidField(ProductError):
    """A field's value cannot be accepted; `field` is its path in the request."""

    status = "INVALID_ARGUMENT"
    reason = "INVALID_FIELD"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", field=field)


class SiteNotAllowed(InvalidField):
    """The address is not one this product may call (PROMISES R1)."""

    reason = "SITE_NOT_ALLOWED"


class ConnectionAmbiguous(ProductError):
    """The workspace has several connections and the request names none."""

    status = "INVALID_ARGUMENT"
    reason = "CONNECTION_AMBIGUOUS"

    def __init__(self, names: list[str]) -> None:
        listed = ", ".join(names)
        super().__init__(f"connection_id: name one of {listed}", connections=listed)


class TokenInvalid(ProductError):
    """There is no token, or it does not hold."""

    status = "UNAUTHENTICATED"
    reason = "TOKEN_INVALID"


class CredentialsInvalid(ProductError):
    """E-mail and password do not belong together."""

    status = "UNAUTHENTICATED"
    reason = "CREDENTIALS_INVALID"

    def __init__(self) -> None:
        super().__init__("e-mail and password do not belong together")


class RefreshTokenInvalid(ProductError):
    """The refresh token is unknown, used, expired or revoked."""

    status = "UNAUTHENTICATED"
    reason = "REFRESH_TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__("this refresh token is of no use any more: sign in again")


class RoleInsufficient(ProductError):
    """The caller's role in the workspace is not enough."""

    status = "PERMISSION_DENIED"
    reason = "ROLE_INSUFFICIENT"

    def __init__(self, required: str) -> None:
        super().__init__(f"this needs the role {required} in the workspace", required=required)


class NotFound(ProductError):
    """There is no such thing in the caller's workspace; another workspace's is no different."""

    status = "NOT_FOUND"
    reason = "NOT_FOUND"

    def __init__(self, what: str) -> None:
        super().__init__(f"there is no such {what} in this workspace")


class EmailTaken(ProductError):
    """The e-mail address has an account."""

    status = "ALREADY_EXISTS"
    reason = "EMAIL_TAKEN"

    def __init__(self) -> None:
        super().__init__("this e-mail address has an account: sign in instead")


class ConnectionNameTaken(ProductError):
    """The workspace has a connection of this name."""

    status = "ALREADY_EXISTS"
    reason = "CONNECTION_NAME_TAKEN"

    def __init__(self, name: str) -> None:
        super().__init__(f"the workspace has a connection named {name}")


class ConnectionNeedsCredentials(ProductError):
    """The site refuses the stored credential, and is not asked again until it is updated."""

    status = "FAILED_PRECONDITION"
    reason = "CONNECTION_NEEDS_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__("the site refuses this connection's credential: update the connection")


class SiteCredentialsRefused(ProductError):
    """The site answers, and refuses this e-mail address and API token."""

    status = "FAILED_PRECONDITION"
    reason = "SITE_CREDENTIALS_REFUSED"

    def __init__(self) -> None:
        super().__init__("the site refuses this e-mail address and API token: check both")


class SiteNotJira(ProductError):
    """What answers at the address is not a Jira Cloud site."""

    status = "FAILED_PRECONDITION"
    reason = "SITE_NOT_JIRA"

    def __init__(self, seen: str) -> None:
        super().__init__(f"no Jira Cloud site answers there ({seen}): check the address")


class ConnectionNotSynced(ProductError):
    """Nothing is stored for the connection yet."""

    status = "FAILED_PRECONDITION"
    reason = "CONNECTION_NOT_SYNCED"

    def __init__(self) -> None:
        super().__init__("nothing was synced for this connection yet: start a sync")


class SiteUnreachable(ProductError):
    """The site does not answer now."""

    status = "UNAVAILABLE"
    reason = "SITE_UNREACHABLE"

    def __init__(self, why: str) -> None:
        super().__init__(f"the site does not answer ({why}): try again later")


class StoreUnavailable(ProductError):
    """A store of ours does not answer now."""

    status = "UNAVAILABLE"
    reason = "STORE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("a store does not answer: try again in a moment")


class Overloaded(ProductError):
    """There is too much work at once."""

    status = "RESOURCE_EXHAUSTED"
    reason = "OVERLOADED"

    def __init__(self) -> None:
        super().__init__("too much work at once: try again in a moment")
