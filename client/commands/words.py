"""Words of the contract as people type them."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import typer

from jira_analytics.auth.v1.workspace_pb2 import ApiKey, AuditEvent, Member, Workspace


class RoleName(StrEnum):
    """What a member may do."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def value_in_contract(self) -> Member.Role.ValueType:
        """Give the contract's word."""
        return Member.Role.Value(self.name)


class ScopeName(StrEnum):
    """What a key may be used for."""

    ANALYTICS_READ = "analytics:read"
    SYNC_READ = "sync:read"
    SYNC_WRITE = "sync:write"
    SYNC_ADMIN = "sync:admin"
    WORKSPACE_READ = "workspace:read"
    WORKSPACE_ADMIN = "workspace:admin"

    @property
    def value_in_contract(self) -> ApiKey.Scope.ValueType:
        """Give the contract's word."""
        return ApiKey.Scope.Value(self.name)


class ResultName(StrEnum):
    """How something ended."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"

    @property
    def value_in_contract(self) -> AuditEvent.Result.ValueType:
        """Give the contract's word."""
        return AuditEvent.Result.Value(self.name)


class RegionName(StrEnum):
    """Where a workspace's data stays."""

    EU = "eu"
    US = "us"
    APAC = "apac"

    @property
    def value_in_contract(self) -> Workspace.Region.ValueType:
        """Give the contract's word."""
        return Workspace.Region.Value(self.name)


def zone(name: str) -> str:
    """Take the name of a time zone, or nothing."""
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise typer.BadParameter("an IANA time zone, such as Europe/Berlin") from error
    return name


def moment(text: str) -> datetime:
    """Take a date or an instant."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("a date or an instant, such as 2026-04-01T12:00Z") from error


def moment_in_utc(text: str) -> datetime:
    """Take a date or an instant; in UTC where it does not say otherwise."""
    said = moment(text)
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def moment_to_come(text: str) -> datetime:
    """Take a number of days from now on, such as 90d, or a date or an instant."""
    days = text.removesuffix("d")
    if days != text and days.isdecimal():
        try:
            return datetime.now(UTC) + timedelta(days=int(days))
        except OverflowError as error:
            raise typer.BadParameter("fewer days") from error
    said = moment_in_utc(text)
    if said <= datetime.now(UTC):
        raise typer.BadParameter("an instant that is still to come")
    return said
