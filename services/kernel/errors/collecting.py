"""What can be wrong with sites and the connections to them."""

from services.kernel.errors.product_error import InvalidField, ProductError


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

    def __init__(self, advice: str = "check both") -> None:
        super().__init__(f"the site refuses this e-mail address and API token: {advice}")


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


class WebhookRefused(ProductError):
    """Not signed with a secret of the connection, too old, or for a connection that is not there.

    Which of these it is, nobody is told; `why` is for measures alone.
    """

    status = "UNAUTHENTICATED"
    reason = "WEBHOOK_REFUSED"

    def __init__(self, why: str = "signature") -> None:
        super().__init__("this webhook's signature does not hold")
        self.why = why


class QuotaSpent(ProductError):
    """As many syncs were started within the hour as the workspace's tier has."""

    status = "RESOURCE_EXHAUSTED"
    reason = "QUOTA_SPENT"

    def __init__(self, limit: int, milliseconds: int) -> None:
        seconds = str(max(1, -(-milliseconds // 1000)))
        super().__init__(
            f"{limit} syncs an hour can be started: the next one in {seconds} s",
            limit=str(limit),
            retry_after_seconds=seconds,
        )


class SiteUnreachable(ProductError):
    """The site does not answer now."""

    status = "UNAVAILABLE"
    reason = "SITE_UNREACHABLE"

    def __init__(self, why: str) -> None:
        super().__init__(f"the site does not answer ({why}): try again later")
