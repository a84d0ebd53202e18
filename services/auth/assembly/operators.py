"""Builds the methods CreateUser, SetTier, DisableUser, GetUsage, and what the command uses."""

from collections.abc import Callable
from functools import partial

from services.auth.accounts.create_user import CreateOrMove, CreateUser, Hasher
from services.auth.accounts.disable_user import DisableUser
from services.auth.kit import Kit
from services.auth.servicers.operators import OperatorMethods
from services.auth.store.accounts import AccountStore
from services.auth.store.disabling import DisablingStore
from services.auth.store.usage import UsageStore
from services.auth.store.workspaces import WorkspaceStore
from services.auth.workspaces.get_usage import GetUsage
from services.auth.workspaces.set_tier import SetTier
from services.chassis.clock import Clock
from services.chassis.mongo import Database
from services.kernel.revocation import Revocation


def methods(kit: Kit) -> OperatorMethods:
    """Build them."""
    database, clock = kit.database, kit.clock
    return OperatorMethods(
        CreateUser(AccountStore(database), kit.passwords, clock),
        SetTier(
            WorkspaceStore(database), kit.tell, clock, partial(kit.activity.note, at_once=True)
        ),
        DisableUser(DisablingStore(database), kit.tell, clock),
        GetUsage(UsageStore(database), clock),
    )


def create_or_move(
    database: Database, hasher: Hasher, ask: Callable[[], str], clock: Clock
) -> CreateOrMove:
    """Build what the command does."""
    accounts = AccountStore(database)
    set_tier = SetTier(WorkspaceStore(database), left_to_be_read, clock)
    return CreateOrMove(accounts, CreateUser(accounts, hasher, clock), set_tier, ask)


async def left_to_be_read(*_revocations: Revocation) -> None:
    """Tell nobody: each process reads from the database, every few seconds, what was revoked."""
