"""Lists, read to their end."""

from typing import Final, TypeVar

import grpc

from client.calls import Calls
from jira_analytics.auth.v1 import auth_pb2, workspace_pb2

PAGE_SIZE: Final = 1000

Wanted = TypeVar(
    "Wanted",
    auth_pb2.ListSessionsRequest,
    workspace_pb2.ListMembersRequest,
    workspace_pb2.ListInvitesRequest,
    workspace_pb2.ListApiKeysRequest,
)
Page = TypeVar(
    "Page",
    auth_pb2.ListSessionsResponse,
    workspace_pb2.ListMembersResponse,
    workspace_pb2.ListInvitesResponse,
    workspace_pb2.ListApiKeysResponse,
)


async def all_pages(
    calls: Calls, method: "grpc.aio.UnaryUnaryMultiCallable[Wanted, Page]", request: Wanted
) -> Page:
    """Read a list page by page, and give it as one."""
    request.page_size = PAGE_SIZE
    listed = page = await calls.ask(method, request)
    while page.next_page_token:
        request.page_token = page.next_page_token
        page = await calls.ask(method, request)
        listed.MergeFrom(page)
    listed.next_page_token = ""
    return listed
