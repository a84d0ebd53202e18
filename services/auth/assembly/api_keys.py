"""Builds the methods CreateApiKey, ListApiKeys, RevokeApiKey, ExchangeApiKey."""

from services.auth.accounts.blurring import blur
from services.auth.kit import Kit
from services.auth.machines.create_api_key import CreateApiKey
from services.auth.machines.exchange_api_key import ExchangeApiKey
from services.auth.machines.list_api_keys import ListApiKeys
from services.auth.machines.revoke_api_key import RevokeApiKey
from services.auth.servicers.api_keys import ApiKeyMethods
from services.auth.store.api_keys import ApiKeyStore
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.workspaces import WorkspaceStore


def methods(kit: Kit) -> ApiKeyMethods:
    """Build them."""
    keys, workspaces = ApiKeyStore(kit.database), WorkspaceStore(kit.database)
    inbox = AuditInbox(kit.database)
    return ApiKeyMethods(
        CreateApiKey(keys, inbox, kit.clock),
        ListApiKeys(keys),
        RevokeApiKey(keys, kit.tell, kit.clock),
        ExchangeApiKey(keys, inbox, workspaces, kit.granting.signer, kit.clock, blur),
    )
