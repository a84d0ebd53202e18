"""The methods IssueServiceToken, ListRevocations: parse, ask, pack."""

from dataclasses import dataclass

from jira_analytics.auth.v1 import internal_pb2 as pb
from services.auth.requests.internal import credential_of
from services.auth.service_calls.issue_service_token import IssueServiceToken
from services.chassis.layers import Context


@dataclass(frozen=True, slots=True)
class InternalMethods:
    """Serves IssueServiceToken, ListRevocations."""

    issuing: IssueServiceToken

    async def IssueServiceToken(
        self, request: pb.IssueServiceTokenRequest, _: Context
    ) -> pb.ServiceToken:
        """Trade a client credential for a service token."""
        shown = credential_of(request)
        token = await self.issuing(shown.client_id, shown.secret)
        return pb.ServiceToken(access_token=token.text, expires_in=token.expires_in_seconds)
