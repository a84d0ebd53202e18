"""Answers to operators."""

from jira_analytics.auth.v1 import operator_pb2 as pb
from services.auth.answers.tokens import timestamp
from services.auth.domain.account import Account
from services.auth.domain.usage import Usage


def user_message(account: Account) -> pb.User:
    """Pack an account as operators see it."""
    return pb.User(
        id=account.user_id,
        email=account.email,
        workspace_id=account.workspace_id,
        disabled=account.disabled,
        create_time=timestamp(account.created),
    )


def usage_message(usage: Usage) -> pb.Usage:
    """Pack counts."""
    return pb.Usage(
        user_count=usage.users,
        workspace_counts={tier.name: count for tier, count in usage.workspaces.items()},
        session_count=usage.sessions,
        api_key_count=usage.api_keys,
    )
