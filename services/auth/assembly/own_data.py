"""Builds the methods ExportAccount, DeleteAccount, and what erases accounts in the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.auth.accounts.delete_account import DeleteAccount
from services.auth.accounts.erase_accounts import EraseAccounts, keep_erasing
from services.auth.accounts.export_account import ExportAccount
from services.auth.kit import Kit
from services.auth.servicers.own_data import OwnDataMethods
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.audit_log import AuditLog
from services.auth.store.deletions import DeletionStore
from services.auth.store.erasures import ErasureStore
from services.auth.store.own_data import OwnDataStore
from services.auth.store.people import PersonStore
from services.chassis.stopping import beside


def methods(kit: Kit) -> OwnDataMethods:
    """Build them."""
    inbox = AuditInbox(kit.database)
    exporting = ExportAccount(
        PersonStore(kit.database),
        OwnDataStore(kit.database),
        AuditLog(kit.database),
        kit.elsewhere,
        inbox,
        kit.clock,
    )
    return OwnDataMethods(
        exporting, DeleteAccount(DeletionStore(kit.database), inbox, kit.clock, kit.tell)
    )


@asynccontextmanager
async def erasing(kit: Kit) -> AsyncIterator[None]:
    """Erase accounts whose grace is over, until left."""
    erase = EraseAccounts(
        ErasureStore(kit.database),
        kit.elsewhere,
        kit.clock,
        kit.tell,
        lease_milliseconds=int(kit.settings.erasing.lease_seconds * 1000),
    )
    async with beside(keep_erasing(erase, kit.settings.erasing.every_seconds)):
        yield
