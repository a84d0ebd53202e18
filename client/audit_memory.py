"""Where audits were seen to end, so that one that is rolled back is found; kept beside the tokens.

Whoever loses this file loses that comparison, and nothing else.
"""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from client.audit_findings import Seen
from client.failures import ClientError
from client.session import OWNER_ONLY_FOLDER, replace_file

NAME = "audit-seen.json"
# By the origin of a gateway, then by workspace.
SEEN = TypeAdapter(dict[str, dict[str, Seen]])


class AuditMemory:
    """The last seen end of each workspace's audit, in a file beside the session file."""

    def __init__(self, session_file: Path) -> None:
        self.path = session_file.with_name(NAME)

    def last_seen(self, origin: str, workspace_id: str) -> Seen | None:
        """Find where an audit ended; ClientError where the file cannot be read."""
        return self._read().get(origin, {}).get(workspace_id)

    def keep(self, origin: str, workspace_id: str, seen: Seen) -> None:
        """Keep where an audit ends that was found whole."""
        known = self._read()
        known[origin] = {**known.get(origin, {}), workspace_id: seen}
        try:
            self.path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            replace_file(self.path, SEEN.dump_json(known, indent=2))
        except OSError as error:
            raise self._trouble(f"cannot be written ({error.strerror})") from error

    def _read(self) -> dict[str, dict[str, Seen]]:
        try:
            return SEEN.validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._trouble(f"cannot be read ({error.strerror})") from error
        except ValidationError as error:
            raise self._trouble("is damaged") from error

    def _trouble(self, sentence: str) -> ClientError:
        return ClientError(
            f"the file {self.path}, which says where audits were seen to end, {sentence}",
            advice="remove it to begin anew: what was changed before now is then found no more",
        )
