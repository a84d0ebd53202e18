"""The methods SignUp, Login, GetMe, UpdateMe: parse, ask, pack."""

from dataclasses import dataclass

from jira_analytics.auth.v1 import auth_pb2
from services.auth.accounts import get_me, log_in, sign_up, update_me
from services.auth.accounts.door import Door
from services.auth.answers.tokens import me_message, tokens_message
from services.auth.requests.signing_in import display_name_of, log_in_of, sign_up_of
from services.chassis.acting import acting
from services.chassis.identity import caller
from services.chassis.layers import Context
from services.chassis.origin import origin


@dataclass(frozen=True, slots=True)
class SigningInMethods:
    """Serves SignUp, Login, GetMe, UpdateMe."""

    signing_up: sign_up.SignUp
    logging_in: log_in.LogIn
    getting_me: get_me.GetMe
    updating_me: update_me.UpdateMe
    door: Door

    async def SignUp(self, request: auth_pb2.SignUpRequest, _: Context) -> auth_pb2.Tokens:
        """Make an account and its first workspace, and sign in."""
        await self.door.enter()
        asked = sign_up_of(request)
        grant = await self.signing_up(asked.newcomer, asked.password, origin())
        return tokens_message(grant)

    async def Login(self, request: auth_pb2.LoginRequest, _: Context) -> auth_pb2.Tokens:
        """Sign in."""
        await self.door.enter()
        asked = log_in_of(request)
        grant = await self.logging_in(asked.email, asked.password, origin())
        return tokens_message(grant)

    async def GetMe(self, _request: auth_pb2.GetMeRequest, _: Context) -> auth_pb2.Me:
        """Tell the caller who they are."""
        asking = caller()
        place = await self.getting_me(asking.user_id, asking.workspace_id)
        return me_message(place.here, place.everywhere)

    async def UpdateMe(self, request: auth_pb2.UpdateMeRequest, _: Context) -> auth_pb2.Me:
        """Change how the caller is shown to others."""
        display_name = display_name_of(request)
        place = await self.updating_me(acting(), display_name)
        return me_message(place.here, place.everywhere)
