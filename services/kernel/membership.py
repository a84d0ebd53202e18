"""What a person or a machine may do in a workspace, and what the workspace may use."""

from enum import StrEnum


class Role(StrEnum):
    """What a member of a workspace may do; each role may do what the one before it may."""

    VIEWER = "VIEWER"
    MEMBER = "MEMBER"
    ADMIN = "ADMIN"
    OWNER = "OWNER"

    def covers(self, required: "Role") -> bool:
        """Tell whether this role may do what `required` may."""
        return _RANK[self] >= _RANK[required]


_RANK = {role: rank for rank, role in enumerate(Role)}


class Tier(StrEnum):
    """What a workspace may use."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class Region(StrEnum):
    """Where a workspace's data stays."""

    EU = "eu"
    US = "us"
    APAC = "apac"


class Scope(StrEnum):
    """What an API key may be used for: an area of the contract, and the level of its methods."""

    ANALYTICS_READ = "analytics:read"
    SYNC_READ = "sync:read"
    SYNC_WRITE = "sync:write"
    SYNC_ADMIN = "sync:admin"
    WORKSPACE_READ = "workspace:read"
    WORKSPACE_ADMIN = "workspace:admin"


class ServiceScope(StrEnum):
    """What a service token may be used for: calls between services, or what operators do."""

    INTERNAL = "internal"
    OPERATOR = "operator"
