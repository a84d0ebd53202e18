"""What other services ask, parsed into values that cannot be wrong, or refused."""

from dataclasses import dataclass, field
from typing import Final

from jira_analytics.auth.v1 import internal_pb2 as pb
from services.auth.requests.instants import instant_of
from services.auth.requests.signing_in import required
from services.kernel.errors import InvalidField
from services.kernel.ids import Instant

LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client shows."""

    client_id: str
    secret: str = field(repr=False)


def credential_of(request: pb.IssueServiceTokenRequest) -> Credential:
    """Parse an IssueServiceToken; InvalidField."""
    shown = Credential(
        required(request.client_id, "client_id"), required(request.client_secret, "client_secret")
    )
    for name, text in (("client_id", shown.client_id), ("client_secret", shown.secret)):
        if len(text) > LONGEST:
            raise InvalidField(name, f"at most {LONGEST} characters are taken")
    return shown


def active_since_of(request: pb.ListActiveWorkspacesRequest) -> Instant:
    """Parse a ListActiveWorkspaces; InvalidField."""
    if not request.HasField("since_time"):
        return 0
    return instant_of(request.since_time, name="since_time")


def since_of(request: pb.ListRevocationsRequest) -> Instant | None:
    """Parse a ListRevocations; None where everything is asked for; InvalidField."""
    if not request.HasField("since_time"):
        return None
    return instant_of(request.since_time, name="since_time")
