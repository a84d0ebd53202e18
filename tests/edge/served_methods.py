"""The methods that stand behind the gateway of these tests, by their path on the wire."""

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.analytics.v1 import internal_pb2 as analytics_internal_pb2
from jira_analytics.auth.v1 import auth_pb2, operator_pb2, workspace_pb2
from jira_analytics.auth.v1 import internal_pb2 as auth_internal_pb2
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from jira_analytics.sync.v1 import internal_pb2 as sync_internal_pb2

FILES = (
    analytics_pb2.DESCRIPTOR,
    auth_pb2.DESCRIPTOR,
    workspace_pb2.DESCRIPTOR,
    connection_pb2.DESCRIPTOR,
    sync_pb2.DESCRIPTOR,
)
# What services and operators call: served here, so that a way to it would be seen.
INNER_FILES = (
    operator_pb2.DESCRIPTOR,
    auth_internal_pb2.DESCRIPTOR,
    sync_internal_pb2.DESCRIPTOR,
    analytics_internal_pb2.DESCRIPTOR,
)


def _methods(files: Iterable[FileDescriptor]) -> dict[str, MethodDescriptor]:
    return {
        f"/{service.full_name}/{method.name}": method
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    }


METHODS = _methods(FILES)
INNER_METHODS = _methods(INNER_FILES)
