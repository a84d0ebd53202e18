"""The methods of passwords and mailed links: parse, ask, pack."""

from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty

from jira_analytics.auth.v1 import auth_pb2
from services.auth.accounts.change_password import ChangePassword
from services.auth.accounts.reset_password import RequestPasswordReset, ResetPassword
from services.auth.accounts.verify_email import RequestEmailVerification, VerifyEmail
from services.auth.requests.passwords import change_of, request_reset_of, reset_of, verify_of
from services.chassis.acting import acting
from services.chassis.layers import Context
from services.chassis.origin import origin


@dataclass(frozen=True, slots=True)
class PasswordMethods:
    """Serves the methods of passwords and mailed links."""

    changing: ChangePassword
    requesting_reset: RequestPasswordReset
    resetting: ResetPassword
    verifying: VerifyEmail
    requesting_verification: RequestEmailVerification

    async def ChangePassword(self, request: auth_pb2.ChangePasswordRequest, _: Context) -> Empty:
        """Replace the caller's password."""
        asked = change_of(request)
        await self.changing(acting(), asked.current, asked.chosen)
        return Empty()

    async def RequestPasswordReset(
        self, request: auth_pb2.RequestPasswordResetRequest, _: Context
    ) -> Empty:
        """Have a link mailed with which a password can be replaced."""
        email = request_reset_of(request)
        await self.requesting_reset(email, origin())
        return Empty()

    async def ResetPassword(self, request: auth_pb2.ResetPasswordRequest, _: Context) -> Empty:
        """Replace a password with the token of a mailed link."""
        asked = reset_of(request)
        await self.resetting(asked.token, asked.chosen, origin())
        return Empty()

    async def VerifyEmail(self, request: auth_pb2.VerifyEmailRequest, _: Context) -> Empty:
        """Confirm an address with the token of a mailed link."""
        token = verify_of(request)
        await self.verifying(token, origin())
        return Empty()

    async def RequestEmailVerification(
        self, _request: auth_pb2.RequestEmailVerificationRequest, _: Context
    ) -> Empty:
        """Have the link that confirms the caller's address mailed again."""
        await self.requesting_verification(acting())
        return Empty()
