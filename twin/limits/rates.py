"""How often: a bucket of tokens for each method and call, and windows for writes to one issue."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

# requests a second that Jira allows a site, of all apps together
_BY_METHOD: Mapping[str, int] = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
_BY_CALL: Mapping[tuple[str, str], int] = {
    ("GET", "/rest/api/3/issue/{idOrKey}"): 150,
    ("GET", "/rest/api/3/issue/{idOrKey}/changelog"): 200,
    ("POST", "/rest/api/3/search/approximate-count"): 150,
}
_WRITES = ((20, 2_000), (100, 30_000))  # so many within so many milliseconds


def rate_of(method: str, path: str) -> int:
    """Give the requests a second that Jira allows of a call, by its path template."""
    return _BY_CALL.get((method, path)) or _BY_METHOD.get(method, 50)


@dataclass(slots=True)
class Bucket:
    """Holds up to a second's worth of tokens; refills steadily."""

    capacity: float
    tokens: float
    filled_ms: int

    def take(self, now_ms: int) -> bool:
        """Take a token where there is one."""
        passed_ms = max(0, now_ms - self.filled_ms)
        self.tokens = min(self.capacity, self.tokens + passed_ms * self.capacity / 1000)
        self.filled_ms = now_ms
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Buckets:
    """One bucket a call; `scale` makes all of Jira's rates that much larger or smaller."""

    scale: float
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def of(self, method: str, path: str, now_ms: int) -> Bucket:
        """Give the bucket of a call; a full one where it was not called before."""
        call = (method, path)
        if call not in self._buckets:
            capacity = max(1.0, rate_of(method, path) * self.scale)
            self._buckets[call] = Bucket(capacity, capacity, now_ms)
        return self._buckets[call]


@dataclass(slots=True)
class Writes:
    """When each issue was written to lately."""

    _at_ms: dict[str, deque[int]] = field(default_factory=dict)

    def wait_ms(self, issue_id: str, now_ms: int) -> int:
        """Note a write and give 0; or give how long it must wait, where there were too many."""
        times = self._at_ms.setdefault(issue_id, deque(maxlen=_WRITES[-1][0]))
        for most, window_ms in _WRITES:
            recent = [at for at in times if at > now_ms - window_ms]
            if len(recent) >= most:
                return recent[-most] + window_ms - now_ms
        times.append(now_ms)
        return 0
