"""Builds the methods SignUp, Login, GetMe, UpdateMe."""

from services.auth.accounts.get_me import GetMe
from services.auth.accounts.log_in import LogIn
from services.auth.accounts.sign_up import SignUp
from services.auth.kit import Kit
from services.auth.servicers.signing_in import SigningInMethods
from services.auth.store.accounts import AccountStore
from services.auth.store.sessions import SessionStore


def methods(kit: Kit) -> SigningInMethods:
    """Build them."""
    accounts, sessions = AccountStore(kit.database), SessionStore(kit.database)
    return SigningInMethods(
        SignUp(accounts, kit.passwords, kit.granting, kit.clock),
        LogIn(accounts, sessions, kit.passwords, kit.granting, kit.clock),
        GetMe(accounts),
    )
