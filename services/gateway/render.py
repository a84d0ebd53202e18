"""The pure function from policy, contract and deployment to Envoy's files, and what writes them."""

import os
from enum import StrEnum
from pathlib import Path

import yaml

from services.gateway import limits
from services.gateway.clusters import clusters
from services.gateway.deployment import Deployment
from services.gateway.listener import certificate, listener
from services.gateway.messages import Message, extension
from services.gateway.methods import read as read_contract
from services.gateway.policy import POLICY_FILE, Policy
from services.gateway.policy import read as read_policy
from services.gateway.routes import route_configuration

BOOTSTRAP = "envoy.yaml"
HEADING = "# Rendered from services/gateway/policy.yaml and the contract; changes here are lost.\n"


class _Dumper(yaml.SafeDumper):
    """YAML in which nothing stands for something written elsewhere."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


_Dumper.add_multi_representer(StrEnum, lambda dumper, name: dumper.represent_str(name.value))


def render(policy: Policy, descriptors: bytes, deployment: Deployment) -> dict[str, str]:
    """Render Envoy's files, by name.

    Args:
        policy: what is enforced.
        descriptors: the contract as a serialised FileDescriptorSet (gen/api.binpb).
        deployment: where the gateway and the services are.

    Raises:
        ContractError: a method says nothing the gateway can enforce.
    """
    contract = read_contract(descriptors)
    return {
        BOOTSTRAP: _text(
            {
                "node": {"id": "gateway", "cluster": "gateway"},
                "admin": _admin(deployment),
                "overload_manager": _overload(policy),
                "static_resources": {
                    "listeners": [listener(policy, deployment, contract)],
                    "clusters": clusters(policy, deployment),
                },
            }
        ),
        "rds.yaml": _discovered(route_configuration(policy, deployment, contract)),
        "sds.yaml": _discovered(certificate(deployment)),
        "limit_shield.yaml": _discovered(limits.shield(policy)),
        "limit_address.yaml": _discovered(limits.per_address(policy)),
        "limit_user.yaml": _discovered(limits.per_user(policy)),
    }


def write(
    deployment: Deployment,
    *,
    policy_file: Path = POLICY_FILE,
    factor: int = 1,
) -> Path:
    """Render into `deployment.folder`, each file replaced by rename, and give the bootstrap's path.

    The bootstrap comes last: whoever sees it sees what it points at. A running Envoy takes the
    other files up by itself.

    Args:
        deployment: where the gateway and the services are; its folder is made if need be.
        policy_file: the policy.
        factor: what every ceiling is multiplied by; LOAD_FACTOR for benchmarks.

    Raises:
        PolicyError: the policy cannot be enforced.
        ContractError: the contract cannot be enforced.
    """
    policy = read_policy(policy_file.read_text(encoding="utf-8")).with_ceilings_times(factor)
    files = render(policy, deployment.descriptors.read_bytes(), deployment)
    deployment.folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(files, key=lambda name: name == BOOTSTRAP):
        _replace(deployment.folder / name, files[name])
    return deployment.folder / BOOTSTRAP


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _text(message: Message) -> str:
    return HEADING + yaml.dump(message, Dumper=_Dumper, sort_keys=False, width=100)


def _discovered(resource: Message) -> str:
    return _text({"resources": [resource]})


def _admin(deployment: Deployment) -> Message:
    # 0600: whoever may open it may end the gateway.
    return {"address": {"pipe": {"path": str(deployment.admin_socket), "mode": 0o600}}}


def _overload(policy: Policy) -> Message:
    """Refuse before the machine's memory or descriptors are gone."""
    monitors = "envoy.extensions.resource_monitors."
    heap = "envoy.resource_monitors.fixed_heap"
    connections = "envoy.resource_monitors.global_downstream_max_connections"
    return {
        "refresh_interval": "0.25s",
        "resource_monitors": [
            extension(
                heap,
                f"{monitors}fixed_heap.v3.FixedHeapConfig",
                max_heap_size_bytes=policy.sizes.heap_bytes,
            ),
            extension(
                connections,
                f"{monitors}downstream_connections.v3.DownstreamConnectionsConfig",
                max_active_downstream_connections=policy.sizes.connections,
            ),
        ],
        "actions": [
            _action("envoy.overload_actions.shrink_heap", heap, 0.9),
            _action("envoy.overload_actions.stop_accepting_requests", heap, 0.95),
        ],
    }


def _action(name: str, resource: str, threshold: float) -> Message:
    return {"name": name, "triggers": [{"name": resource, "threshold": {"value": threshold}}]}
