"""A person's account: made, proved, shown, changed, and taken away."""

from collections.abc import AsyncIterator

from client.api.area import Area
from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1.workspace_pb2 import Workspace


class Accounts(Area):
    """Calls about the caller's account."""

    async def sign_up(
        self,
        email: str,
        *,
        password: str,
        workspace: str,
        time_zone: str = "",
        region: Workspace.Region.ValueType = Workspace.REGION_UNSPECIFIED,
    ) -> None:
        """Make an account with its first workspace, and stay signed in."""
        person = self.need_person()
        request = auth_pb2.SignUpRequest(
            email=email,
            password=password,
            workspace_name=workspace,
            time_zone=time_zone,
            region=region,
        )
        await person.remember(email, await self._calls.public(self._auth.SignUp, request))

    async def me(self) -> auth_pb2.Me:
        """Ask who the token is for, and for which workspace."""
        return await self._calls.ask(self._auth.GetMe, auth_pb2.GetMeRequest())

    async def rename_me(self, display_name: str) -> auth_pb2.Me:
        """Change how the caller is shown to others."""
        request = auth_pb2.UpdateMeRequest(display_name=display_name)
        return await self._calls.ask(self._auth.UpdateMe, request)

    async def verify_email(self, token: str) -> None:
        """Confirm an e-mail address with the token of a mailed link."""
        request = auth_pb2.VerifyEmailRequest(token=token)
        await self._calls.public(self._auth.VerifyEmail, request)

    async def request_email_verification(self) -> None:
        """Have the link that confirms the caller's address mailed again, once a minute at most."""
        request = auth_pb2.RequestEmailVerificationRequest()
        await self._calls.ask(self._auth.RequestEmailVerification, request)

    async def change_password(self, *, current: str, password: str) -> None:
        """Replace the password; the caller's other sessions end."""
        request = auth_pb2.ChangePasswordRequest(current_password=current, password=password)
        await self._calls.ask(self._auth.ChangePassword, request)

    async def request_password_reset(self, email: str) -> None:
        """Have a link mailed that replaces a forgotten password; says nothing of the account."""
        request = auth_pb2.RequestPasswordResetRequest(email=email)
        await self._calls.public(self._auth.RequestPasswordReset, request)

    async def reset_password(self, token: str, *, password: str) -> None:
        """Replace a password with the token of a mailed link; all sessions end."""
        request = auth_pb2.ResetPasswordRequest(token=token, password=password)
        await self._calls.public(self._auth.ResetPassword, request)

    def export_account(self) -> AsyncIterator[auth_pb2.AccountRecord]:
        """Read all that is held about the caller; complete only if the last record says so."""
        return self._calls.read(self._auth.ExportAccount, auth_pb2.ExportAccountRequest())

    async def delete_account(self) -> None:
        """End all sessions, and have everything erased in 14 days unless somebody signs in."""
        person = self.need_person()
        await self._calls.ask(self._auth.DeleteAccount, auth_pb2.DeleteAccountRequest())
        await person.forget()
