"""What the contract says of each method: its addresses, who may call it, what limits it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import (
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)

from jira_analytics.options.v1 import options_pb2
from services.gateway.policy import AddressClass, ConnectionClass, LimitClass, UserClass

OURS = "jira_analytics."
# What only services and operators call is no business of the gateway.
UNROUTED = ("InternalService", "OperatorService")
VERBS = ("get", "post", "put", "patch", "delete")
VARIABLE = re.compile(r"\{[a-z_.]+\}")


class ContractError(ValueError):
    """The contract declares what the gateway cannot enforce; the message names the method."""


class Upstream(StrEnum):
    """The services behind the gateway."""

    AUTH = "auth"
    ANALYTICS = "analytics"
    SYNC = "sync"


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC, as the gateway sees it."""

    service: str
    """Its service's full name, for example `jira_analytics.auth.v1.AuthService`."""
    name: str
    upstream: Upstream
    verb: str
    """The HTTP verb of its REST address."""
    template: str
    """Its REST address; a segment in braces stands for any value."""
    is_public: bool
    limit: LimitClass
    is_stream: bool

    @property
    def grpc_path(self) -> str:
        """The address that gRPC clients call."""
        return f"/{self.service}/{self.name}"

    @property
    def variables(self) -> list[str]:
        """The fields that its REST address holds."""
        return [name.strip("{}") for name in VARIABLE.findall(self.template)]

    @property
    def is_told_by_sites(self) -> bool:
        """Whether sites call it, which add query parameters of their own."""
        return isinstance(self.limit, ConnectionClass)

    @property
    def is_read(self) -> bool:
        """Whether calling it again changes nothing."""
        return self.verb == "GET" and not self.is_stream


@dataclass(frozen=True, slots=True)
class Contract:
    """All that the gateway knows of the contract."""

    methods: tuple[Method, ...]
    """Every RPC of our services that clients may call, in the contract's order."""

    @property
    def services(self) -> list[str]:
        """The full names of the services."""
        return list(dict.fromkeys(method.service for method in self.methods))

    @property
    def public_methods(self) -> list[Method]:
        """Those that need no token."""
        return [method for method in self.methods if method.is_public]


def read(descriptors: bytes) -> Contract:
    """Read a serialised FileDescriptorSet such as gen/api.binpb.

    Raises:
        ContractError: a method does not say what the gateway needs to know.
    """
    files = FileDescriptorSet.FromString(descriptors).file
    methods = tuple(
        _method(file, f"{file.package}.{service.name}", method)
        for file in files
        if file.package.startswith(OURS)
        for service in file.service
        if service.name not in UNROUTED
        for method in service.method
    )
    return Contract(methods)


def _method(file: FileDescriptorProto, service: str, method: MethodDescriptorProto) -> Method:
    full_name = f"{service}.{method.name}"
    verb, template = _binding(full_name, method)
    access = method.options.Extensions[options_pb2.access]
    if access == options_pb2.Access.LEVEL_UNSPECIFIED:
        raise ContractError(f"{full_name} does not say who may call it")
    if access in (options_pb2.Access.INTERNAL, options_pb2.Access.OPERATOR):
        raise ContractError(f"{full_name} is for {' and '.join(UNROUTED)}: clients may not call it")
    is_public = access == options_pb2.Access.PUBLIC
    return Method(
        service=service,
        name=method.name,
        upstream=Upstream(file.package.removeprefix(OURS).split(".")[0]),
        verb=verb,
        template=template,
        is_public=is_public,
        limit=_limit(full_name, method, is_public=is_public),
        is_stream=method.server_streaming,
    )


def _binding(full_name: str, method: MethodDescriptorProto) -> tuple[str, str]:
    rule = method.options.Extensions[annotations_pb2.http]
    verb = rule.WhichOneof("pattern")
    if verb not in VERBS:
        raise ContractError(f"{full_name} has no REST address")
    template: str = getattr(rule, verb)
    if re.search(r"[{}*:]", VARIABLE.sub("", template)):
        raise ContractError(f"{full_name}: {template} is more than plain segments and variables")
    return verb.upper(), template


def _limit(full_name: str, method: MethodDescriptorProto, *, is_public: bool) -> LimitClass:
    number = method.options.Extensions[options_pb2.limit_class]
    name = options_pb2.Limit.Class.Name(number).lower()
    classes = (AddressClass, ConnectionClass) if is_public else (UserClass,)
    for limits in classes:
        if name in [one.value for one in limits]:
            return limits(name)
    whom = "whoever calls" if is_public else "persons"
    raise ContractError(f"{full_name}: the limit {name} does not count {whom}")
