"""The contract declares everything that others rely on."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.analytics.v1 import internal_pb2 as analytics_internal_pb2
from jira_analytics.auth.v1 import auth_pb2, operator_pb2, workspace_pb2
from jira_analytics.auth.v1 import internal_pb2 as auth_internal_pb2
from jira_analytics.errors.v1 import reason_pb2
from jira_analytics.options.v1 import options_pb2
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from jira_analytics.sync.v1 import internal_pb2 as sync_internal_pb2
from protos import generate
from services.gateway import methods
from services.kernel import errors
from tests.shape.tree import ROOT

FILES = (auth_pb2, workspace_pb2, connection_pb2, sync_pb2, analytics_pb2)
UNROUTED_FILES = (
    operator_pb2,
    auth_internal_pb2,
    sync_internal_pb2,
    analytics_internal_pb2,
)


def methods_of(modules: Sequence[Any]) -> list[MethodDescriptor]:
    return [
        method
        for module in modules
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]


METHODS, UNROUTED = methods_of(FILES), methods_of(UNROUTED_FILES)
# Said by the chassis, by the gateway, or in a job's failure, and not by an error of the kernel.
SAID_ELSEWHERE = {
    "RATE_LIMITED",
    "DEADLINE_EXCEEDED",
    "INTERNAL",
    "SERVICE_UNAVAILABLE",
    "SITE_ANSWER_UNUSABLE",
}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_a_method_declares_who_may_call_it_what_limits_it_and_its_route(
    method: MethodDescriptor,
) -> None:
    declared = method.GetOptions().Extensions
    assert declared[options_pb2.access] != options_pb2.Access.LEVEL_UNSPECIFIED
    assert declared[options_pb2.limit_class] != options_pb2.Limit.CLASS_UNSPECIFIED
    assert declared[annotations_pb2.http].WhichOneof("pattern")


@pytest.mark.parametrize("method", UNROUTED, ids=lambda method: method.full_name)
def test_what_clients_may_not_call_has_no_route_and_no_limit(method: MethodDescriptor) -> None:
    """It declares who may call it all the same; only a service token's own issue is public."""
    declared = method.GetOptions().Extensions
    inner = {options_pb2.Access.INTERNAL, options_pb2.Access.OPERATOR}
    assert declared[options_pb2.access] in inner or method.name == "IssueServiceToken"
    assert declared[options_pb2.limit_class] == options_pb2.Limit.CLASS_UNSPECIFIED
    assert not declared[annotations_pb2.http].WhichOneof("pattern")
    assert method.containing_service.name in methods.UNROUTED


def test_every_error_has_a_reason_of_the_contract_and_every_reason_an_error() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    said = {kind.reason for kind in kinds if hasattr(kind, "reason")}
    named = set(reason_pb2.Error.Reason.keys()) - {"REASON_UNSPECIFIED"}
    assert said | SAID_ELSEWHERE == named


def test_the_tree_of_errors_is_drawn_whole() -> None:
    """The docstring of kernel.errors shows every error there is."""
    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.ProductError)
    }
    drawn = set(re.findall(r"[├└│]── (\w+)", errors.__doc__ or "")) | {"ProductError"}
    assert drawn == kinds


def test_generated_code_is_fresh() -> None:
    """`make protos` would change nothing."""
    with tempfile.TemporaryDirectory() as folder:
        generate.main(Path(folder))
        fresh = _contents(Path(folder))
    assert fresh == _contents(ROOT / "gen")


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
