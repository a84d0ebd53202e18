"""What of a workspace changes, and which of it tokens say."""

from dataclasses import dataclass, replace

from services.auth.domain.account import Workspace
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant
from services.kernel.membership import Tier
from services.kernel.revocation import Revocation


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants to change of a workspace; None stays as it is."""

    name: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceChange:
    """What becomes of a workspace; what is noted with it, all or nothing."""

    workspace: Workspace
    events: tuple[AuditEvent, ...] = ()
    revocations: tuple[Revocation, ...] = ()


def update(workspace: Workspace, wishes: Wishes, *, actor: Actor, now: Instant) -> WorkspaceChange:
    """Change what an admin may change; of a changed time zone tokens have to say so."""
    changed = replace(
        workspace,
        name=workspace.name if wishes.name is None else wishes.name,
        time_zone=workspace.time_zone if wishes.time_zone is None else wishes.time_zone,
    )
    if changed == workspace:
        return WorkspaceChange(workspace)
    fields = [f for f in ("name", "time_zone") if getattr(changed, f) != getattr(workspace, f)]
    target_id, names = workspace.workspace_id, " ".join(fields)
    noted = event(actor, "workspace.update", now=now, target_id=target_id, changed=names)
    if changed.time_zone == workspace.time_zone:
        return WorkspaceChange(changed, (noted,))
    return _said_by_tokens(changed, noted)


def move(workspace: Workspace, tier: Tier, *, actor: Actor, now: Instant) -> WorkspaceChange:
    """Move a workspace to another tier, which tokens have to say."""
    if tier is workspace.tier:
        return WorkspaceChange(workspace)
    noted = event(
        actor,
        "workspace.tier",
        now=now,
        target_id=workspace.workspace_id,
        tier=tier.value,
        tier_before=workspace.tier.value,
    )
    return _said_by_tokens(replace(workspace, tier=tier), noted)


def _said_by_tokens(changed: Workspace, noted: AuditEvent) -> WorkspaceChange:
    counted = replace(changed, version=changed.version + 1)
    ending = Revocation(counted.workspace_id, counted.version, noted.occurred)
    return WorkspaceChange(counted, (noted,), (ending,))
