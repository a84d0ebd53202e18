"""Page tokens: opaque, tied to the request they came from, and no good after seven days."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from twin.clock import Clock

LIFETIME_MS = 7 * 86_400_000


class PageTokenError(Exception):
    """The token is not ours, belongs to another request, or is too old."""


@dataclass(slots=True)
class Pages:
    """Gives out and takes back page tokens, which age by the site's clock."""

    clock: Clock = field(default_factory=Clock)
    _serial: int = 0

    def token(self, cursor: list[Any], *, request: object, expired: bool = False) -> str:
        """Make the token that continues `request` (any JSON value) behind `cursor`.

        An `expired` one is too old from the first.
        """
        made_ms = self.clock.elapsed_ms() - (LIFETIME_MS + 1) * expired
        self._serial += 1  # no two tokens are alike, also of one place
        sealed = json.dumps([made_ms, self._serial, _digest(request), cursor])
        return base64.urlsafe_b64encode(sealed.encode()).decode()

    def cursor(self, token: str, *, request: object) -> list[Any]:
        """Give back the cursor of a token; PageTokenError when it does not continue `request`."""
        try:
            made_ms, _serial, digest, cursor = json.loads(base64.urlsafe_b64decode(token))
        except (binascii.Error, ValueError, TypeError) as error:
            raise PageTokenError from error
        if digest != _digest(request) or self.clock.elapsed_ms() - made_ms > LIFETIME_MS:
            raise PageTokenError
        return list(cursor)


def _digest(request: object) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:16]
