"""What an access token says (RFC 9068; the contract names the claims)."""

from services.auth.domain.account import Membership, Workspace
from services.auth.domain.api_key import ApiKey
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
    """Say which person a token is for, and from when until when: whole seconds since 1970."""
    return {
        "sub": membership.account.user_id,
        "role": membership.role.value,
        "sid": session_id,
        "ver": versions_of(membership),
        **_about(membership.workspace),
        **_registered(AUDIENCE, token_id, now, ACCESS_TOKEN_SECONDS),
    }


def machine_claims(key: ApiKey, workspace: Workspace, *, token_id: str, now: Instant) -> Claims:
    """Say which machine a token is for, and for what; it does not outlive its key."""
    return {
        "sub": key.key_id,
        "role": key.role.value,
        "sid": key.key_id,
        "scope": " ".join(sorted(key.scopes)),
        "ver": [0, workspace.version, 0],
        **_about(workspace),
        **_registered(AUDIENCE, token_id, now, machine_seconds(key, now=now)),
    }


def machine_seconds(key: ApiKey, *, now: Instant) -> int:
    """Tell how long a machine's token holds."""
    left = ACCESS_TOKEN_SECONDS if key.expires is None else (key.expires - now) // 1000
    return min(left, ACCESS_TOKEN_SECONDS)


def service_claims(client_id: ClientId, *, token_id: str, now: Instant) -> Claims:
    """Say which service a token is for, and for what."""
    return {
        "sub": f"svc_{client_id}",
        "scope": scope_of(client_id).value,
        **_registered(INTERNAL_AUDIENCE, token_id, now, SERVICE_TOKEN_SECONDS),
    }


def _about(workspace: Workspace) -> Claims:
    return {
        "wid": workspace.workspace_id,
        "tier": workspace.tier.value,
        "region": workspace.region.value,
        "zoneinfo": workspace.time_zone,
    }


def _registered(audience: str, token_id: str, now: Instant, seconds: int) -> Claims:
    issued = now // 1000
    return {
        "iss": ISSUER,
        "aud": audience,
        "iat": issued,
        "nbf": issued,
        "exp": issued + seconds,
        "jti": token_id,
    }
