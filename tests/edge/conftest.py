"""The upstreams and the Envoys that the edge tests share, each started once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.gateway.policy import LOAD_FACTOR, POLICY_FILE
from tests.edge.gateway_under_test import Gateway
from tests.edge.minting import Mint
from tests.edge.upstreams import Upstreams


@pytest.fixture(scope="session")
def mint() -> Mint:
    """Make the key that signs access tokens."""
    return Mint()


@pytest.fixture(scope="session")
def upstreams(mint: Mint) -> Iterator[Upstreams]:
    """Start the services behind every gateway of these tests."""
    with Upstreams(mint.jwks) as started:
        yield started


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstreams: Upstreams) -> Iterator[Gateway]:
    """Start a gateway with limits that no test reaches."""
    with Gateway(tmp_path_factory.mktemp("gw"), upstreams, factor=LOAD_FACTOR) as started:
        yield started


@pytest.fixture(scope="session")
def limited(tmp_path_factory: pytest.TempPathFactory, upstreams: Upstreams) -> Iterator[Gateway]:
    """Start a gateway with the limits that are promised."""
    with Gateway(tmp_path_factory.mktemp("gw"), upstreams) as started:
        yield started


@pytest.fixture(scope="session")
def hurried(tmp_path_factory: pytest.TempPathFactory, upstreams: Upstreams) -> Iterator[Gateway]:
    """Start a gateway with short timeouts and a shield that is soon worn out."""
    folder = tmp_path_factory.mktemp("gw")
    policy = folder / "policy.yaml"
    policy.write_text(_hurried(POLICY_FILE), encoding="utf-8")
    with Gateway(folder, upstreams, policy_file=policy) as started:
        yield started


def _hurried(policy_file: Path) -> str:
    text = policy_file.read_text(encoding="utf-8")
    for usual, short in (
        ("request_seconds: 15", "request_seconds: 2"),
        ("headers_seconds: 10", "headers_seconds: 1"),
        ("upload_seconds: 15", "upload_seconds: 2"),
        ("shield: 6000/minute", "shield: 20/minute"),
    ):
        assert usual in text
        text = text.replace(usual, short)
    return text


@pytest.fixture
def token(mint: Mint) -> str:
    """Sign a token that holds."""
    return mint.token()
