"""Builds the methods of workspaces and their members."""

from services.auth.kit import Kit
from services.auth.servicers.workspaces import WorkspaceMethods
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.members import MemberStore
from services.auth.store.workspaces import WorkspaceStore
from services.auth.workspaces.changing_members import ChangingMembers
from services.auth.workspaces.get_workspace import GetWorkspace
from services.auth.workspaces.leave_workspace import LeaveWorkspace
from services.auth.workspaces.list_members import ListMembers
from services.auth.workspaces.remove_member import RemoveMember
from services.auth.workspaces.update_member import UpdateMember
from services.auth.workspaces.update_workspace import UpdateWorkspace


def methods(kit: Kit) -> WorkspaceMethods:
    """Build them."""
    members, workspaces = MemberStore(kit.database), WorkspaceStore(kit.database)
    changing = ChangingMembers(members, AuditInbox(kit.database), kit.tell, kit.clock)
    return WorkspaceMethods(
        GetWorkspace(workspaces),
        UpdateWorkspace(workspaces, kit.tell, kit.clock),
        ListMembers(members),
        UpdateMember(changing),
        RemoveMember(changing),
        LeaveWorkspace(changing),
    )
