"""When what the product does by itself is due."""

import hashlib
from typing import Final

from services.kernel.ids import ConnectionId, Instant

CENSUS_MILLISECONDS: Final = 24 * 3600 * 1000
# A tenth of a day: connections that were made together are not counted together for ever.
SPREAD: Final = 0.1


def next_census(connection_id: ConnectionId, now: Instant) -> Instant:
    """Tell when the next census is due: after a day, earlier or later by what the id says."""
    drawn = hashlib.blake2b(f"{connection_id}/{now}".encode(), digest_size=4).digest()
    share = int.from_bytes(drawn, "big") / 2**32
    return now + int(CENSUS_MILLISECONDS * (1 - SPREAD + 2 * SPREAD * share))
