"""What a local stack keeps to itself: made once, readable by nobody else, handed out sparingly."""

from pathlib import Path

from deploy.local.options import Options
from deploy.local.parts import Secrets, addresses, parts
from deploy.local.secrets import CLIENTS, client_secrets
from services.auth.domain.clients import clients_of


def test_client_secrets_are_made_once(tmp_path: Path) -> None:
    """A second start finds those of the first; nobody else may read the file."""
    made = client_secrets(tmp_path)
    assert client_secrets(tmp_path) == made
    assert made.keys() == set(CLIENTS)
    assert len(set(made.values())) == len(CLIENTS)
    kept = [path for path in tmp_path.iterdir() if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]


def test_a_client_that_joins_later_gets_a_secret(tmp_path: Path) -> None:
    """Those that were there keep theirs."""
    made = dict(client_secrets(tmp_path))
    file = next(tmp_path.iterdir())
    lines = [line for line in file.read_text().splitlines() if not line.startswith("sync:")]
    file.write_text("\n".join(lines) + "\n")
    again = client_secrets(tmp_path)
    assert again.keys() == made.keys()
    assert {name for name in made if made[name] == again[name]} == set(CLIENTS) - {"sync"}


def test_each_part_knows_its_own_secret_alone(tmp_path: Path) -> None:
    """Auth knows all, and takes them; the operator's is in no other part's environment."""
    clients = client_secrets(tmp_path)
    options = Options(tmp_path)
    secrets = Secrets("master", clients)
    told = {part.name: part.environment for part in parts(options, addresses(options), secrets)}
    known = clients_of(told["auth"]["CLIENTS_SECRETS"])
    for name, secret in clients.items():
        assert known.recognise(name, secret) is not None
    for part, own in (("analytics", "analytics"), ("sync", "sync"), ("sync-worker", "sync")):
        assert (told[part]["CLIENT_ID"], told[part]["CLIENT_SECRET"]) == (own, clients[own])
        others = set(clients.values()) - {clients[own]}
        assert not [secret for secret in others if secret in str(told[part])]
