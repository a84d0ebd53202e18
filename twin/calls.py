"""Counting what was asked: which documented calls, with which answers, and what lies outside."""

from collections import Counter
from dataclasses import dataclass, field

from aiohttp import web

_MAX_OUTSIDE = 1_000  # a stray scanner must not fill the memory


@dataclass(slots=True)
class Calls:
    """Counters by (method, path template, status); status is `cut` where the answer was cut off."""

    counted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    outside: list[str] = field(default_factory=list)  # "METHOD /path" of what is not documented

    def note(self, request: web.Request, status: str) -> None:
        """Count one call of the site."""
        resource = request.match_info.route.resource
        if resource is None:
            if len(self.outside) < _MAX_OUTSIDE:
                self.outside.append(f"{request.method} {request.path}")
            return
        self.counted[request.method, resource.canonical, status] += 1

    def report(self) -> dict[str, object]:
        """Give the counters as JSON: `calls`, each with a count, and the paths `outside`."""
        calls = [
            {"method": method, "path": path, "status": status, "count": count}
            for (method, path, status), count in sorted(self.counted.items())
        ]
        return {"calls": calls, "outside": list(self.outside)}
