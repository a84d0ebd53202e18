"""The services of the product, and its operators, as clients: by what each is known."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NewType

from services.kernel.membership import ServiceScope

# A client's name, such as "sync".
ClientId = NewType("ClientId", str)

OPERATOR: Final = ClientId("operator")
SHORTEST_SECRET: Final = 32
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True)
class Client:
    """A client's id with one of its secrets: it has two while one takes the other's place."""

    client_id: ClientId
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients there are."""

    known: Sequence[Client] = ()

    def name_of(self, client_id: str) -> str:
        """Tell what may be kept of what somebody calls themselves: "unknown" unless it is known.

        It may be anything that was put there by mistake: a secret, too.
        """
        return client_id if client_id in {one.client_id for one in self.known} else "unknown"

    def recognise(self, client_id: str, secret: str) -> Client | None:
        """Find a client by id and secret.

        It takes as long for an id that is unknown, and for a secret that is nearly right: all are
        compared, each over the whole of its digest.
        """
        shown = _digest(client_id, secret)
        found = None
        for one in self.known:
            if hmac.compare_digest(shown, _digest(one.client_id, one.secret)):
                found = one
        return found


def clients_of(text: str) -> Clients:
    """Read "analytics:secret,sync:secret"; ValueError, which shows no secret, where it is not."""
    return Clients(
        tuple(
            _client(entry.strip(), position)
            for position, entry in enumerate(text.split(","), start=1)
            if entry.strip()
        )
    )


def scope_of(client_id: ClientId) -> ServiceScope:
    """Tell for what a client's tokens are."""
    return ServiceScope.OPERATOR if client_id == OPERATOR else ServiceScope.INTERNAL


def _client(entry: str, position: int) -> Client:
    client_id, _, secret = entry.partition(":")
    if not _ID.fullmatch(client_id):
        raise ValueError(f"client {position} does not begin with a name such as sync:")
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"client {position}'s secret has less than {SHORTEST_SECRET} characters")
    return Client(ClientId(client_id), secret)


def _digest(client_id: str, secret: str) -> bytes:
    # An id holds no colon: no two pairs are written alike.
    return sha256(f"{client_id}:{secret}".encode()).digest()
