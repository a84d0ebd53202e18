"""The rendered files: what must be in them whatever the contract comes to hold."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from services.gateway.clusters import HEALTH_SERVICES
from services.gateway.deployment import Deployment, Endpoint
from services.gateway.methods import Method
from services.gateway.methods import read as read_contract
from services.gateway.policy import (
    LOAD_FACTOR,
    POLICY_FILE,
    AddressClass,
    ConnectionClass,
    Tier,
    UserClass,
)
from services.gateway.policy import read as read_policy
from services.gateway.render import render, write

DESCRIPTORS_FILE = Path(__file__).parents[2] / "gen" / "api.binpb"
DESCRIPTORS = DESCRIPTORS_FILE.read_bytes()
CONTRACT = read_contract(DESCRIPTORS)
POLICY = read_policy(POLICY_FILE.read_text(encoding="utf-8"))
ENVOY = Path(sys.executable).with_name("envoy")


def _deployment(folder: Path) -> Deployment:
    return Deployment(
        listen=Endpoint("127.0.0.1", 8443),
        folder=folder / "envoy",
        admin_socket=folder / "admin.sock",
        certificate_chain=folder / "gateway.pem",
        private_key=folder / "gateway.key",
        descriptors=DESCRIPTORS_FILE,
        access_log=Path("/dev/stdout"),
        auth=(Endpoint("127.0.0.1", 9001),),
        analytics=(Endpoint("127.0.0.1", 9002), Endpoint("::1", 9003)),
        sync=(Endpoint("127.0.0.1", 9004),),
        jwks=(Endpoint("127.0.0.1", 9005),),
    )


FILES = render(POLICY, DESCRIPTORS, _deployment(Path("/run/gateway")))
PARSED: dict[str, Any] = {name: yaml.safe_load(text) for name, text in FILES.items()}
BOOTSTRAP = PARSED["envoy.yaml"]
ROUTES = PARSED["rds.yaml"]["resources"][0]["virtual_hosts"][0]["routes"]


def _manager() -> dict[str, Any]:
    (listener,) = BOOTSTRAP["static_resources"]["listeners"]
    manager: dict[str, Any] = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return manager


def _filter(name: str) -> dict[str, Any]:
    (found,) = [one for one in _manager()["http_filters"] if one["name"] == name]
    config: dict[str, Any] = found["typed_config"]
    return config


def _matches(match: dict[str, Any], verb: str, path: str, content_type: str) -> bool:
    """Say what Envoy would of a match, for the kinds of matches that are rendered."""
    bare = path.partition("?")[0]
    if match.get("path", bare) != bare or not bare.startswith(match.get("prefix", "")):
        return False
    if "safe_regex" in match and not re.fullmatch(match["safe_regex"]["regex"], bare):
        return False
    seen = {":method": verb, "content-type": content_type, ":path": path}
    return all(_holds(one["string_match"], seen[one["name"]]) for one in match.get("headers", ()))


def _holds(match: dict[str, Any], value: str) -> bool:
    if "safe_regex" in match:
        return re.fullmatch(match["safe_regex"]["regex"], value) is not None
    return value == match["exact"] if "exact" in match else value.startswith(match["prefix"])


def _route(verb: str, path: str, content_type: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        route for route in ROUTES if _matches(route["match"], verb, path, content_type)
    )
    return found


def _addresses(method: Method) -> Iterator[tuple[str, str, str]]:
    yield method.verb, re.sub(r"\{[a-z_]+\}", "some-1", method.template), "application/json"
    yield "POST", method.grpc_path, "application/grpc"
    yield "POST", method.grpc_path, "application/grpc-web+proto"


EACH = pytest.mark.parametrize("method", CONTRACT.methods, ids=lambda method: method.grpc_path)


@EACH
def test_every_method_has_a_route_each_way(method: Method) -> None:
    """REST, gRPC and gRPC-Web lead to the service that owns the method, with its limit."""
    for address in _addresses(method):
        route = _route(*address)
        assert route["route"]["cluster"] == method.grpc_path.split(".")[1]
        assert route["metadata"]["filter_metadata"]["jira_analytics"]["limit"] == method.limit


@EACH
def test_public_methods_and_only_they_need_no_token(method: Method) -> None:
    """The first rule that matches asks for a token, unless the contract says PUBLIC."""
    for address in _addresses(method):
        rule = next(
            rule
            for rule in _filter("envoy.filters.http.jwt_authn")["rules"]
            if _matches(rule["match"], *address)
        )
        assert ("requires" in rule) is not method.is_public


def test_nothing_is_public_by_a_prefix() -> None:
    """Every rule without a token is for one address, and everything else needs one."""
    *public, everything = _filter("envoy.filters.http.jwt_authn")["rules"]
    assert everything["match"] == {"prefix": "/"}
    assert everything["requires"] == {"provider_name": "access_tokens"}
    shapes = ({"path", "headers"}, {"safe_regex", "headers"})
    assert all(set(rule["match"]) in shapes for rule in public)
    # A segment that names something stands for one segment, and not an empty one.
    declared = {re.sub(r"\{[a-z_]+\}", "[^/]+", one.template) for one in CONTRACT.public_methods}
    declared |= {method.grpc_path for method in CONTRACT.public_methods}
    said = [rule["match"].get("path") or rule["match"]["safe_regex"]["regex"] for rule in public]
    assert set(said) == declared | {"/api/health", "/.well-known/jwks.json"}


@EACH
def test_timeouts_and_retries_follow_the_method(method: Method) -> None:
    """Streams get an hour and the rest 15 s; reads alone are tried again."""
    for address in _addresses(method):
        action = _route(*address)["route"]
        assert action["timeout"] == ("3600s" if method.is_stream else "15s")
        is_read = method.verb == "GET" and not method.is_stream
        assert ("retry_policy" in action) is is_read


def test_every_route_says_its_limit() -> None:
    """Where a route is silent a filter would count by nothing; and there is always a route."""
    for route in ROUTES:
        limit = route["metadata"]["filter_metadata"]["jira_analytics"]["limit"]
        off = "limit_address" if limit in set(UserClass) else "limit_user"
        assert route["typed_per_filter_config"][off]["disabled"] is True
    assert ROUTES[-1]["match"] == {"prefix": "/"}


def test_every_route_leads_to_a_cluster_that_exists() -> None:
    """Envoy takes a route to nowhere without a word."""
    known = {cluster["name"] for cluster in BOOTSTRAP["static_resources"]["clusters"]}
    assert {route["route"]["cluster"] for route in ROUTES if "route" in route} <= known


def _ceilings(name: str) -> dict[tuple[str, ...], int]:
    config = PARSED[name]["resources"][0]["typed_config"]
    return {
        tuple(entry.get("value", "*") for entry in one["entries"]): one["token_bucket"][
            "max_tokens"
        ]
        for one in config["descriptors"]
    }


def test_every_class_and_tier_is_listed() -> None:
    """A tier that is not listed would fall to the bucket of the unidentified."""
    assert set(_ceilings("limit_user.yaml")) == {
        (name, tier, "*") for name in UserClass for tier in Tier
    }
    anyone = {(name, "*") for name in (*AddressClass, *ConnectionClass)}
    assert set(_ceilings("limit_address.yaml")) == anyone
    assert _ceilings("limit_address.yaml")["webhook", "*"] == 600
    assert _ceilings("limit_user.yaml")["analytics", "pro", "*"] == 100
    assert _ceilings("limit_address.yaml")["auth_login", "*"] == 10


def test_load_keeps_every_limit_in_place() -> None:
    """Under load the same files are rendered, with other numbers in the three limits alone."""
    loaded = render(
        POLICY.with_ceilings_times(LOAD_FACTOR), DESCRIPTORS, _deployment(Path("/run/gateway"))
    )
    changed = {name for name in FILES if FILES[name] != loaded[name]}
    assert changed == {"limit_shield.yaml", "limit_address.yaml", "limit_user.yaml"}
    for name in changed:
        multiplied = re.sub(r"((?:max_tokens|tokens_per_fill): \d+)", r"\g<1>000", FILES[name])
        multiplied = multiplied.replace("value: '6000'", "value: '6000000'")
        assert loaded[name] == multiplied


def test_health_names_are_services_of_the_contract() -> None:
    """What health checks ask for is served."""
    assert set(HEALTH_SERVICES.values()) <= set(CONTRACT.services)
    assert set(HEALTH_SERVICES) == {method.upstream for method in CONTRACT.methods}


def test_rendering_is_pure() -> None:
    """The same three values give the same bytes, and nothing is touched."""
    assert render(POLICY, DESCRIPTORS, _deployment(Path("/run/gateway"))) == FILES


def test_no_yaml_alias() -> None:
    """Each file can be read from top to bottom."""
    assert not [name for name, text in FILES.items() if re.search(r"[&*]id\d+", text)]


def test_what_is_written_is_replaced_whole(tmp_path: Path) -> None:
    """Files come by rename, nothing else is left in the folder, and the path is the bootstrap's."""
    deployment = _deployment(tmp_path)
    bootstrap = write(deployment)
    before = bootstrap.stat().st_ino
    assert write(replace(deployment, listen=Endpoint("127.0.0.1", 8444))) == bootstrap
    assert bootstrap.stat().st_ino != before
    assert {path.name for path in deployment.folder.iterdir()} == set(FILES)


@pytest.mark.parametrize("collector", [None, Endpoint("127.0.0.1", 4317)])
def test_envoy_accepts_it(tmp_path: Path, collector: Endpoint | None) -> None:
    """The real Envoy loads the bootstrap, with a collector of traces and without."""
    deployment = replace(_deployment(tmp_path), otlp_collector=collector)
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(deployment.private_key)
    issued.cert_chain_pems[0].write_to_path(deployment.certificate_chain)
    validated = subprocess.run(
        [ENVOY, "--mode", "validate", "-c", write(deployment)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert validated.returncode == 0, validated.stderr
    assert "OK" in validated.stdout + validated.stderr
