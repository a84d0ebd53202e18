"""REST and JSON, turned into gRPC and back."""

from services.gateway.deployment import Deployment
from services.gateway.messages import Message, typed
from services.gateway.methods import Contract
from services.gateway.policy import Policy

TRANSCODER = "envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder"
NAME = "transcoder"


def transcoder(policy: Policy, deployment: Deployment, contract: Contract) -> Message:
    """Render the transcoder's configuration: what is not in the contract is refused."""
    return typed(
        TRANSCODER,
        **_contract(policy, deployment, contract),
        request_validation_options={
            "reject_unknown_method": True,
            "reject_unknown_query_parameters": True,
            "reject_binding_body_field_collisions": True,
        },
    )


def lenient_transcoder(policy: Policy, deployment: Deployment, contract: Contract) -> Message:
    """Render that of routes which sites call: they add query parameters of their own.

    Refused with 400, a webhook would never be sent again.
    """
    return typed(
        TRANSCODER,
        **_contract(policy, deployment, contract),
        ignore_unknown_query_parameters=True,
        request_validation_options={
            "reject_unknown_method": True,
            "reject_binding_body_field_collisions": True,
        },
    )


def _contract(policy: Policy, deployment: Deployment, contract: Contract) -> Message:
    return {
        "proto_descriptor": str(deployment.descriptors),
        "services": contract.services,
        "convert_grpc_status": True,
        "match_incoming_request_route": True,
        "url_unescape_spec": "ALL_CHARACTERS_EXCEPT_RESERVED",
        "query_param_unescape_plus": True,
        "max_request_body_size": policy.sizes.request_body_bytes,
        "max_response_body_size": policy.sizes.response_body_bytes,
        "print_options": {
            "preserve_proto_field_names": True,
            "stream_newline_delimited": True,
            "always_print_primitive_fields": True,
        },
    }
