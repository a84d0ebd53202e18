"""Where the gateway is: what people write, and what is believed."""

from pathlib import Path

import pytest
import trustme

from client.failures import ClientError
from client.place import Gateway, find_gateway


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _authority(file: Path) -> bytes:
    file.parent.mkdir(parents=True, exist_ok=True)
    pem = trustme.CA().cert_pem.bytes()
    file.write_bytes(pem)
    return pem


def test_the_gateway_of_make_run_is_the_default() -> None:
    gateway = find_gateway()
    assert (gateway.origin, gateway.target) == ("https://localhost:8443", "localhost:8443")
    assert gateway.ca is None


def test_the_local_ca_is_believed_where_it_is() -> None:
    pem = _authority(Path(".local/ca.pem"))
    assert find_gateway().ca == pem


def test_a_named_ca_goes_before_the_local_one() -> None:
    _authority(Path(".local/ca.pem"))
    pem = _authority(Path("other.pem"))
    assert find_gateway(ca=Path("other.pem")).ca == pem


def test_a_missing_port_is_that_of_https() -> None:
    assert find_gateway("https://flow.example.com/").origin == "https://flow.example.com:443"


def test_an_address_of_ip_version_6_keeps_its_brackets() -> None:
    assert find_gateway("https://[::1]:8443").target == "[::1]:8443"


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8443",
        "http://localhost",
        "https://",
        "https://a:b@c",
        "https://h:x",
        "https://h/p",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(ClientError, match="write https://HOST:PORT"):
        find_gateway(address)


@pytest.mark.parametrize("text", ["", "no certificate", "\xff"])
def test_a_file_without_a_certificate_is_refused(text: str) -> None:
    Path("ca.pem").write_text(text)
    with pytest.raises(ClientError, match="holds no certificate in PEM form"):
        find_gateway(ca=Path("ca.pem"))


def test_a_missing_ca_file_is_named() -> None:
    with pytest.raises(ClientError, match=r"no\.pem cannot be read"):
        find_gateway(ca=Path("no.pem"))


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("10.0.0.1", False), ("h.io", False)],
)
def test_only_loopback_is_this_machine(host: str, here: bool) -> None:
    assert Gateway(host, 443).on_this_machine is here
