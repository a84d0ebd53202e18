"""Whatever is asked of auth, it answers as it says it does, and gives no secret away."""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jira_analytics.auth.v1 import auth_pb2, internal_pb2, operator_pb2, workspace_pb2
from tests.auth_stand_in import SECRET
from tests.rpc.auth_process import Process, auth_process
from tests.rpc.auth_service import MASTER
from tests.rpc.request_fuzz import requests

PASSWORD = "canary tractor violet"
FILES = (auth_pb2, workspace_pb2, operator_pb2, internal_pb2)
METHODS: list[MethodDescriptor] = [
    method
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]
NOT_OURS = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS}
SECONDS = 20.0
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@dataclass
class Target:
    """A running process, who calls it, and what it must not tell."""

    process: Process
    channel: Any
    known: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    said: set[str] = field(default_factory=set)

    def call(self, method: MethodDescriptor, request: bytes, bearer: str) -> tuple[Any, str]:
        """Call a method; gives how it ended, and all that the caller sees if it failed."""
        path = f"/{method.containing_service.full_name}/{method.name}"
        self.said |= {one for one in self.hidden if one.encode() in request}
        metadata = (("authorization", f"Bearer {bearer}"),) if bearer else ()
        kind = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        try:
            answer = kind(path)(request, metadata=metadata, timeout=SECONDS)
            whole = b"".join(answer) if method.server_streaming else answer
        except grpc.RpcError as error:
            seen: Any = error
            trailers = " ".join(f"{key} {value!r}" for key, value in seen.trailing_metadata())
            return seen.code(), f"{seen.details()} {trailers}"
        # What callers called themselves they are told again, also where they should have hidden it.
        assert not self.tells(whole.decode("latin-1"), sorted({*self.hidden[:3]} - self.said))
        return grpc.StatusCode.OK, ""

    def tells(self, text: str, hidden: list[str]) -> list[int]:
        """Give the places in the list of what a text tells of it."""
        return [place for place, secret in enumerate(hidden) if secret and secret in text]

    def sign_up(self) -> None:
        """Make an account of its own, so that nothing that was done before is in the way."""
        email = f"{secrets.token_hex(6)}@example.com"
        method = auth_pb2.DESCRIPTOR.services_by_name["AuthService"].methods_by_name["SignUp"]
        made = self.channel.unary_unary(
            f"/{method.containing_service.full_name}/SignUp",
            request_serializer=auth_pb2.SignUpRequest.SerializeToString,
            response_deserializer=auth_pb2.Tokens.FromString,
        )(auth_pb2.SignUpRequest(email=email, password=PASSWORD, workspace_name="Acme"))
        issued = self.channel.unary_unary(
            "/jira_analytics.auth.v1.InternalService/IssueServiceToken",
            request_serializer=internal_pb2.IssueServiceTokenRequest.SerializeToString,
            response_deserializer=GetMessageClass(
                internal_pb2.DESCRIPTOR.services_by_name["InternalService"]
                .methods_by_name["IssueServiceToken"]
                .output_type
            ).FromString,
        )
        services = [
            issued(internal_pb2.IssueServiceTokenRequest(client_id=name, client_secret=SECRET))
            for name in ("sync", "operator")
        ]
        self.bearers = ["", made.access_token, *(one.access_token for one in services)]
        self.known = [email, PASSWORD, made.refresh_token, made.access_token]
        self.hidden = [MASTER, SECRET, PASSWORD, made.refresh_token, *self.bearers[1:]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def process(
    mongo_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    log: Path = tmp_path_factory.mktemp("fuzz") / "log"
    async with auth_process(mongo_url, f"test_{secrets.token_hex(6)}", log) as running:
        yield running


@pytest.fixture
def target(process: Process) -> Iterator[Target]:
    with grpc.insecure_channel(process.address) as channel:
        made = Target(process, channel)
        made.sign_up()
        yield made


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_any_request_is_answered_and_gives_nothing_away(
    target: Target, method: MethodDescriptor
) -> None:
    """Any fields of any content, by anybody: no error that was not foreseen, no secret told.

    Answers tell no key and no password; refusals no token either, nor does the log.
    """

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=QUIET)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        bearer = data.draw(st.sampled_from(target.bearers))
        message = data.draw(
            st.one_of(
                requests(method.input_type, target.known).map(lambda one: one.SerializeToString()),
                st.binary(max_size=60),
            )
        )
        code, seen = target.call(method, message, bearer)
        assert code not in NOT_OURS, seen
        assert not target.tells(seen, target.hidden)

    ask()
    log = target.process.log.read_text()
    assert not target.tells(log, target.hidden)


@pytest.mark.asyncio(loop_scope="session")
async def test_no_hash_and_no_trouble_is_in_the_log(process: Process) -> None:
    """After all of it: nothing unexpected was logged, and nothing that is stored of passwords."""
    log = await asyncio.to_thread(process.log.read_text)
    assert "unexpected error" not in log
    assert not re.search(r"\$2b\$\d\d\$", log)
    accounts = await process.database["users"].find({}).to_list()
    assert not [one for one in accounts if one["password"]["hash"] in log]
    assert process.popen.poll() is None
