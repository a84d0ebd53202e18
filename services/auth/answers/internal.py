"""What other services are told, packed into the contract's messages."""

from collections.abc import Iterable

from jira_analytics.auth.v1 import internal_pb2 as pb
from services.auth.answers.tokens import timestamp
from services.kernel.revocation import Revocation


def revocations_message(revocations: Iterable[Revocation]) -> pb.ListRevocationsResponse:
    """Pack revocations."""
    return pb.ListRevocationsResponse(
        revocations=[
            pb.ListRevocationsResponse.Revocation(
                subject=one.subject, version=one.version, revoke_time=timestamp(one.revoked)
            )
            for one in revocations
        ]
    )
