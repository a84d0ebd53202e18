"""An audit's checkpoints: signed ends of segments, each of which names the one before it.

See docs/audit.md for what is signed, and how.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import api_jws
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode

from client.audit_findings import Finding, Problem
from jira_analytics.auth.v1.workspace_pb2 import AuditCheckpoint

ALGORITHM: Final = "RS256"
SIGNATURE_TYPE: Final = "audit-checkpoint"
KEPT_YEARS: Final = 7
NONE_BEFORE: Final = "0" * 64
_SEGMENT: Final = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])\.([1-9]\d{0,8})")

Keys = Mapping[str, RSAPublicKey]


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A part of an audit: a calendar month's (UTC), and which one of it."""

    year: int
    month: int
    number: int

    @property
    def expires(self) -> datetime:
        """Tell from when on its events may be gone: seven years after its month."""
        years, month = divmod(self.month, 12)
        return datetime(self.year + years + KEPT_YEARS, month + 1, 1, tzinfo=UTC)

    def follows(self, other: "Segment | None") -> bool:
        """Tell whether this segment may be the next one after another."""
        if other is not None and (self.year, self.month) == (other.year, other.month):
            return self.number == other.number + 1
        return self.number == 1 and (other is None or self > other)


def segment_of(name: str) -> Segment | None:
    """Read a segment's name, for example "2026-11.1"; None where it is none."""
    said = _SEGMENT.fullmatch(name)
    return None if said is None else Segment(int(said[1]), int(said[2]), int(said[3]))


def keys_in(key_set: str) -> Keys:
    """Read a key set (RFC 7517); a key counts only under its own thumbprint (RFC 7638)."""
    try:
        listed = json.loads(key_set)["keys"]
        keys = [RSAAlgorithm.from_jwk(dict(one)) for one in listed if one.get("kty") == "RSA"]
    except (ValueError, TypeError, KeyError, AttributeError, jwt.PyJWTError):
        return {}
    return {thumbprint(key): key for key in keys if isinstance(key, RSAPublicKey)}


def thumbprint(key: RSAPublicKey) -> str:
    """Tell a key's thumbprint (RFC 7638, section 3)."""
    shown = RSAAlgorithm.to_jwk(key, as_dict=True)
    members = {name: shown[name] for name in ("e", "kty", "n")}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return base64url_encode(hashlib.sha256(canonical.encode()).digest()).decode()


def verified(
    workspace_id: str, checkpoints: Sequence[AuditCheckpoint], keys: Keys
) -> Iterator[Finding]:
    """Find what is wrong with checkpoints, the oldest first: signatures, order, gaps."""
    previous, last, before = NONE_BEFORE, 0, None
    for position, one in enumerate(checkpoints, start=1):
        segment = segment_of(one.segment)
        if signer_of(workspace_id, one, previous, keys) is None:
            yield _wrong(one, "is not signed, or not as it is", Problem.SIGNATURE)
        if one.first_sequence != last + 1 or one.last_sequence < one.first_sequence:
            yield _wrong(one, f"does not go on after event {last}")
        if segment is None or not segment.follows(before):
            yield _wrong(one, "is not the next segment")
        if one.open and position < len(checkpoints):
            yield _wrong(one, "is open although another one follows")
        previous, last = digest_of(one), one.last_sequence
        before = segment or before


def signer_of(
    workspace_id: str, checkpoint: AuditCheckpoint, previous: str, keys: Keys
) -> str | None:
    """Tell which key has signed a checkpoint as it is; None where none has."""
    try:
        key_id = str(api_jws.get_unverified_header(checkpoint.signature).get("kid"))
        signed = api_jws.decode_complete(checkpoint.signature, keys[key_id], algorithms=[ALGORITHM])
        said = json.loads(signed["payload"])
    except (jwt.PyJWTError, ValueError, KeyError):
        return None
    kind = signed["header"].get("typ")
    stands = kind == SIGNATURE_TYPE and said == _claims(workspace_id, checkpoint, previous)
    return key_id if stands else None


def digest_of(checkpoint: AuditCheckpoint) -> str:
    """Tell by what the next checkpoint names this one."""
    return hashlib.sha256(checkpoint.signature.encode()).hexdigest()


def _claims(workspace_id: str, checkpoint: AuditCheckpoint, previous: str) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "segment": checkpoint.segment,
        "first_sequence": checkpoint.first_sequence,
        "last_sequence": checkpoint.last_sequence,
        "last_hash": checkpoint.last_hash,
        "previous_checkpoint": previous,
        "create_time": checkpoint.create_time.ToMilliseconds(),
        "open": checkpoint.open,
    }


def _wrong(
    checkpoint: AuditCheckpoint, sentence: str, problem: Problem = Problem.CHECKPOINT
) -> Finding:
    said = f"the checkpoint of segment {checkpoint.segment} {sentence}"
    return Finding(problem, checkpoint.last_sequence, said)
