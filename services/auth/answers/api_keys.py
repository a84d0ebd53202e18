"""Answers about API keys."""

from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.answers.tokens import timestamp
from services.auth.domain.api_key import ApiKey
from services.auth.domain.page import Rows
from services.auth.requests.paging import page_token


def api_key_message(key: ApiKey, secret: str = "") -> pb.ApiKey:
    """Pack a key; its secret only where it was just made."""
    return pb.ApiKey(
        id=key.key_id,
        name=key.name,
        prefix=key.prefix,
        secret=secret,
        scopes=sorted(pb.ApiKey.Scope.Value(scope.name) for scope in key.scopes),
        creator_id=key.creator_id,
        create_time=timestamp(key.created),
        expire_time=None if key.expires is None else timestamp(key.expires),
        last_use_time=None if key.last_used is None else timestamp(key.last_used),
    )


def api_keys_message(page: Rows[ApiKey]) -> pb.ListApiKeysResponse:
    """Pack a page of keys."""
    return pb.ListApiKeysResponse(
        api_keys=[api_key_message(key) for key in page.rows],
        next_page_token=page_token(page.next_after),
    )
