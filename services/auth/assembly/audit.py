"""Builds the methods ListAuditEvents, ListAuditCheckpoints, and what gives events their place."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from services.auth.audit.chaining import Chain
from services.auth.audit.listing import ListCheckpoints, ListEvents
from services.auth.keys.checkpoints import CheckpointSigner, checkpoint_keys
from services.auth.keys.signing import Vault
from services.auth.kit import Kit
from services.auth.servicers.audit import AuditMethods
from services.auth.settings import MasterSettings, split_keys
from services.auth.store.audit_chains import AuditChains
from services.auth.store.audit_keys import AuditKeyStore
from services.auth.store.audit_log import AuditLog
from services.chassis.clock import Clock
from services.chassis.identity import caller
from services.chassis.mongo import Database
from services.kernel.audit import OPERATORS
from services.kernel.ids import WorkspaceId


async def checkpoint_signer(
    database: Database, master: MasterSettings, clock: Clock
) -> CheckpointSigner:
    """Build what signs checkpoints, with the key that a first start makes."""
    vault = Vault(split_keys(master.keys))
    kept = await checkpoint_keys(AuditKeyStore(database), vault.make, now=clock())
    return CheckpointSigner([vault.open(key) for key in kept])


def chaining(kit: Kit) -> AbstractAsyncContextManager[None]:
    """Give events their place until left."""
    chain = Chain(AuditChains(kit.database), kit.checkpoints, kit.clock)
    return chain.going_on(kit.settings.audit.rest_seconds)


def methods(kit: Kit) -> AuditMethods:
    """Build them, for the workspace of whoever calls."""
    return _methods_of(kit, lambda: caller().workspace_id)


def operators_methods(kit: Kit) -> AuditMethods:
    """Build them, for what belongs to no workspace."""
    return _methods_of(kit, lambda: OPERATORS)


def _methods_of(kit: Kit, whose: Callable[[], WorkspaceId]) -> AuditMethods:
    log = AuditLog(kit.database)
    keys = kit.checkpoints.published
    return AuditMethods(whose, ListEvents(log, kit.clock), ListCheckpoints(log), keys)
