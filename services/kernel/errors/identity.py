"""What can be wrong with who calls, and with what people do with their accounts."""

from services.kernel.errors.product_error import ProductError


class TokenInvalid(ProductError):
    """There is no token, or it does not hold."""

    status = "UNAUTHENTICATED"
    reason = "TOKEN_INVALID"


class TokenStale(TokenInvalid):
    """The token was revoked, or says of its bearer what is no longer so: refresh once."""

    reason = "TOKEN_STALE"

    def __init__(self) -> None:
        super().__init__("the access token holds no more: refresh it, or sign in again")


class CredentialsInvalid(ProductError):
    """E-mail and password do not belong together."""

    status = "UNAUTHENTICATED"
    reason = "CREDENTIALS_INVALID"

    def __init__(self) -> None:
        super().__init__("e-mail and password do not belong together")


class ApiKeyInvalid(ProductError):
    """The API key is unknown, expired or revoked."""

    status = "UNAUTHENTICATED"
    reason = "API_KEY_INVALID"

    def __init__(self) -> None:
        super().__init__("this API key is of no use: ask an admin of the workspace for another")


class ClientCredentialsInvalid(ProductError):
    """A service's id and secret do not belong together."""

    status = "UNAUTHENTICATED"
    reason = "CLIENT_CREDENTIALS_INVALID"

    def __init__(self) -> None:
        super().__init__("this client id and this secret do not belong together")


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


class ScopeInsufficient(ProductError):
    """The API key lacks a scope; "person" where only people may call."""

    status = "PERMISSION_DENIED"
    reason = "SCOPE_INSUFFICIENT"

    def __init__(self, required: str) -> None:
        super().__init__(f"this needs the scope {required}", required=required)


class AccountDisabled(ProductError):
    """An operator has disabled the account."""

    status = "PERMISSION_DENIED"
    reason = "ACCOUNT_DISABLED"

    def __init__(self) -> None:
        super().__init__("this account is disabled: ask the operators")


class EmailTaken(ProductError):
    """The e-mail address has an account."""

    status = "ALREADY_EXISTS"
    reason = "EMAIL_TAKEN"

    def __init__(self) -> None:
        super().__init__("this e-mail address has an account: sign in instead")


class AlreadyMember(ProductError):
    """Who is invited is a member already."""

    status = "ALREADY_EXISTS"
    reason = "ALREADY_MEMBER"

    def __init__(self) -> None:
        super().__init__("who is invited is a member of the workspace")


class LinkInvalid(ProductError):
    """The link was used or taken back, has expired, or was never made."""

    status = "FAILED_PRECONDITION"
    reason = "LINK_INVALID"

    def __init__(self) -> None:
        super().__init__("this link opens nothing any more: ask for another")


class LastOwner(ProductError):
    """Nobody would be left who owns the workspace."""

    status = "FAILED_PRECONDITION"
    reason = "LAST_OWNER"

    def __init__(self, *workspace_ids: str) -> None:
        super().__init__(
            "a workspace needs an owner: make somebody else one first",
            workspace_ids=",".join(workspace_ids),
        )


class EmailNotConfirmed(ProductError):
    """Whoever asks has not shown yet that they read the mail of their address."""

    status = "FAILED_PRECONDITION"
    reason = "EMAIL_NOT_CONFIRMED"

    def __init__(self) -> None:
        super().__init__(
            "your e-mail address is not confirmed: follow the link in the mail, or have another"
            " one mailed (RequestEmailVerification)"
        )


class LimitReached(ProductError):
    """The workspace has as many of something as it may; waiting does not help."""

    status = "RESOURCE_EXHAUSTED"
    reason = "LIMIT_REACHED"

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"a workspace has {most} {what} at most: end some first", limit=str(most))


class TooManyAttempts(ProductError):
    """Too many attempts failed; the next one is heard after `seconds`."""

    status = "RESOURCE_EXHAUSTED"
    reason = "TOO_MANY_ATTEMPTS"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"too many attempts: try again in {seconds} s", retry_after_seconds=str(seconds)
        )
