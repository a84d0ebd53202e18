"""Builds the methods SignUp, Login, GetMe, UpdateMe."""

from services.auth.accounts.attempts import Attempts
from services.auth.accounts.blurring import blur
from services.auth.accounts.door import Door
from services.auth.accounts.get_me import GetMe
from services.auth.accounts.log_in import LogIn
from services.auth.accounts.sign_up import SignUp
from services.auth.accounts.update_me import UpdateMe
from services.auth.kit import Kit
from services.auth.servicers.signing_in import SigningInMethods
from services.auth.store.accounts import AccountStore
from services.auth.store.attempts import AttemptStore
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.people import PersonStore


def methods(kit: Kit) -> SigningInMethods:
    """Build them."""
    accounts, people = AccountStore(kit.database), PersonStore(kit.database)
    attempts = Attempts(AttemptStore(kit.database), AuditInbox(kit.database), kit.clock)
    get_me = GetMe(people)
    return SigningInMethods(
        SignUp(accounts, kit.passwords, kit.granting, kit.clock),
        LogIn(
            people,
            kit.passwords,
            attempts,
            granting=kit.granting,
            clock=kit.clock,
            blur=blur,
            tell=kit.tell,
        ),
        get_me,
        UpdateMe(people, get_me, kit.clock),
        Door(),
    )
