"""What a stack makes on its first start: its secrets, an authority, a certificate."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.fernet import Fernet

NAMES = ("localhost", "127.0.0.1", "::1")
YEARS_OF_AUTHORITY = timedelta(days=3650)
DAYS_OF_CERTIFICATE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
AUTHORITY = "ca.pem"
# Who calls auth for service tokens.
CLIENTS = ("analytics", "sync", "operator")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where they are: the authority that clients trust, and what the gateway shows."""

    authority: Path
    chain: Path
    key: Path


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, from its first byte on; replaced at once."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    beside.replace(path)


def master_keys(folder: Path) -> str:
    """Give the stack's master key, made when it is first asked for."""
    path = folder / "master.key"
    if not path.exists():
        write_private(path, Fernet.generate_key())
    return path.read_text().strip()


def client_secrets(folder: Path) -> Mapping[str, str]:
    """Give the secret of each client of auth, made when it is first asked for."""
    path = folder / "clients.secrets"
    kept = path.read_text().split() if path.exists() else []
    known = dict(line.split(":", 1) for line in kept)
    missing = [client for client in CLIENTS if client not in known]
    if missing:
        known |= {client: secrets.token_urlsafe(32) for client in missing}
        lines = [f"{client}:{secret}\n" for client, secret in known.items()]
        write_private(path, "".join(lines).encode())
    return known


def certificates(folder: Path, now: datetime) -> Certificates:
    """Give the stack's certificates: the authority for years, the gateway's renewed in time."""
    found = Certificates(folder / AUTHORITY, folder / "gateway.pem", folder / "gateway.key")
    authority_key = folder / "ca.key"
    if not (found.authority.exists() and authority_key.exists()):
        made = trustme.CA(organization_name="jira-analytics on this machine")
        write_private(authority_key, made.private_key_pem.bytes())
        found.authority.write_bytes(made.cert_pem.bytes())
        found.chain.unlink(missing_ok=True)
    if _ends(found.chain, now) < now + RENEW_BEFORE:
        authority = trustme.CA.from_pem(found.authority.read_bytes(), authority_key.read_bytes())
        leaf = authority.issue_cert(*NAMES, not_after=now + DAYS_OF_CERTIFICATE)
        write_private(found.key, leaf.private_key_pem.bytes())
        found.chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    return found


def _ends(chain: Path, now: datetime) -> datetime:
    if not chain.exists():
        return now
    return x509.load_pem_x509_certificate(chain.read_bytes()).not_valid_after_utc


def utc_now() -> datetime:
    """Tell the time, for certificates."""
    return datetime.now(UTC)
