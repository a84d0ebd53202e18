"""What the gateway reads from the contract, and which contracts it refuses."""

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from jira_analytics.options.v1 import options_pb2
from services.gateway.methods import ContractError, read

DESCRIPTORS = (Path(__file__).parents[2] / "gen" / "api.binpb").read_bytes()


def _changed(**options: int | None) -> bytes:
    """Change what the first method declares; None takes an option away."""
    whole = FileDescriptorSet.FromString(DESCRIPTORS)
    (get_me,) = [
        method
        for file in whole.file
        for service in file.service
        for method in service.method
        if method.name == "GetMe"
    ]
    declared = get_me.options
    for name, value in options.items():
        extension = getattr(options_pb2, name)
        declared.ClearExtension(extension)
        if value is not None:
            declared.Extensions[extension] = value
    return whole.SerializeToString()


@pytest.mark.parametrize(
    ("descriptors", "words"),
    [
        (_changed(access=None), "GetMe does not say who may call it"),
        (_changed(limit_class=None), "GetMe: the limit class_unspecified does not count persons"),
        (_changed(limit_class=options_pb2.Limit.AUTH_LOGIN), "auth_login does not count persons"),
        (_changed(access=options_pb2.Access.PUBLIC), "default does not count whoever calls"),
    ],
)
def test_a_method_that_cannot_be_enforced_is_refused(descriptors: bytes, words: str) -> None:
    """A method that is not declared, or not so that it can be limited, stops the rendering."""
    with pytest.raises(ContractError, match=words):
        read(descriptors)
