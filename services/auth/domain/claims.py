"""What an access token says (RFC 9068; the contract names the claims)."""

from services.auth.domain.account import Membership
from services.auth.domain.clients import ClientId, scope_of
from services.auth.domain.revocation import versions_of
from services.kernel.ids import Instant

ISSUER = "jira-analytics"
AUDIENCE = "jira-analytics-api"
INTERNAL_AUDIENCE = "jira-analytics-internal"
ACCESS_TOKEN_SECONDS = 15 * 60
SERVICE_TOKEN_SECONDS = 10 * 60

Claims = dict[str, str | int | list[int]]


def access_claims(
    membership: Membership, *, session_id: str, token_id: str, now: Instant
) -> Claims:
    """Say who a token is for, and from when until when: whole seconds since 1970."""
    issued = now // 1000
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": membership.account.user_id,
        "wid": membership.workspace.workspace_id,
        "role": membership.role.value,
        "tier": membership.workspace.tier.value,
        "region": membership.workspace.region.value,
        "zoneinfo": membership.workspace.time_zone,
        "sid": session_id,
        "ver": versions_of(membership),
        "iat": issued,
        "nbf": issued,
        "exp": issued + ACCESS_TOKEN_SECONDS,
        "jti": token_id,
    }


def service_claims(client_id: ClientId, *, token_id: str, now: Instant) -> Claims:
    """Say which service a token is for, and for what."""
    issued = now // 1000
    return {
        "iss": ISSUER,
        "aud": INTERNAL_AUDIENCE,
        "sub": f"svc_{client_id}",
        "scope": scope_of(client_id).value,
        "iat": issued,
        "nbf": issued,
        "exp": issued + SERVICE_TOKEN_SECONDS,
        "jti": token_id,
    }
