"""How much: points an hour, which begins when the UTC hour does."""

from dataclasses import dataclass, field

HOUR_MS = 3_600_000


@dataclass(slots=True)
class Quota:
    """Points that may be spent within an hour; several sites may share an app's."""

    name: str  # as the policy headers call it
    limit: int
    used: int = 0
    _hour: int = field(default=-1, init=False)

    def left(self, now_ms: int) -> int:
        """Give what is left of this hour's points; what is left of an hour ends with it."""
        if now_ms // HOUR_MS != self._hour:
            self._hour, self.used = now_ms // HOUR_MS, 0
        return max(0, self.limit - self.used)

    def spend(self, points: int, now_ms: int) -> None:
        """Spend points: a call that began may spend more than there are."""
        self.left(now_ms)
        self.used += points

    def share_left(self, now_ms: int) -> float:
        """Give what is left as a share of the whole."""
        return self.left(now_ms) / self.limit


def reset_ms(now_ms: int) -> int:
    """Give when the next hour begins."""
    return (now_ms // HOUR_MS + 1) * HOUR_MS
