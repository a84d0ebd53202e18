"""Builds the methods of passwords and mailed links."""

from services.auth.accounts.attempts import Attempts
from services.auth.accounts.change_password import ChangePassword
from services.auth.accounts.reset_password import RequestPasswordReset, ResetPassword
from services.auth.accounts.verify_email import RequestEmailVerification, VerifyEmail
from services.auth.kit import Kit
from services.auth.mail.minting import LinkMint
from services.auth.servicers.passwords import PasswordMethods
from services.auth.settings import split_keys
from services.auth.store.attempts import AttemptStore
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.credentials import CredentialStore
from services.auth.store.mails import MailStore
from services.auth.store.people import PersonStore


def methods(kit: Kit) -> PasswordMethods:
    """Build them."""
    people, credentials = PersonStore(kit.database), CredentialStore(kit.database)
    attempts = Attempts(AttemptStore(kit.database), AuditInbox(kit.database), kit.clock)
    mint = LinkMint(split_keys(kit.settings.master.keys))
    return PasswordMethods(
        ChangePassword(
            people, credentials, kit.passwords, attempts, clock=kit.clock, tell=kit.tell
        ),
        RequestPasswordReset(MailStore(kit.database), kit.clock),
        ResetPassword(
            people,
            credentials,
            kit.passwords,
            mint,
            attempts=attempts,
            clock=kit.clock,
            tell=kit.tell,
        ),
        VerifyEmail(credentials, mint, kit.clock),
        RequestEmailVerification(credentials, kit.clock),
    )
