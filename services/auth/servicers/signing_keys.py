"""The methods RotateKeys: parse, ask, pack."""

from collections.abc import Callable
from dataclasses import dataclass

from jira_analytics.auth.v1 import operator_pb2
from services.auth.answers.signing_keys import signing_keys_message
from services.auth.keys.rotate import RotateKeys
from services.chassis.acting import operating
from services.chassis.layers import Context
from services.kernel.ids import Instant


@dataclass(frozen=True, slots=True)
class SigningKeyMethods:
    """Serves RotateKeys."""

    rotating: RotateKeys
    clock: Callable[[], Instant]

    async def RotateKeys(
        self, _request: operator_pb2.RotateKeysRequest, _: Context
    ) -> operator_pb2.SigningKeys:
        """Publish the key that will sign next."""
        keys = await self.rotating(operating())
        return signing_keys_message(keys, now=self.clock())
