"""The methods IssueServiceToken, ListRevocations: parse, ask, pack."""

from dataclasses import dataclass

from jira_analytics.auth.v1 import internal_pb2 as pb
from services.auth.answers.internal import revocations_message
from services.auth.requests.internal import credential_of, since_of
from services.auth.service_calls.issue_service_token import IssueServiceToken
from services.auth.service_calls.list_revocations import ListRevocations
from services.chassis.layers import Context
from services.chassis.origin import origin


@dataclass(frozen=True, slots=True)
class InternalMethods:
    """Serves IssueServiceToken, ListRevocations."""

    issuing: IssueServiceToken
    listing: ListRevocations

    async def IssueServiceToken(
        self, request: pb.IssueServiceTokenRequest, _: Context
    ) -> pb.ServiceToken:
        """Trade a client credential for a service token."""
        shown = credential_of(request)
        token = await self.issuing(shown.client_id, shown.secret, origin())
        return pb.ServiceToken(access_token=token.text, expires_in=token.expires_in_seconds)

    async def ListRevocations(
        self, request: pb.ListRevocationsRequest, _: Context
    ) -> pb.ListRevocationsResponse:
        """Tell what was revoked."""
        since = since_of(request)
        found = await self.listing(since)
        return revocations_message(found)
