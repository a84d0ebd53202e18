"""What the sync processes are told."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from services.chassis.redis import CacheSettings, QueueSettings
from services.chassis.settings import Calling, Concern, ServiceSettings


class Redis(CacheSettings, QueueSettings):
    """Redis in both its roles: the queue of jobs, and the news that data moved."""


class Master(Concern):
    """The keys that secrets are encrypted with."""

    keys: SecretStr = Field(description="Fernet keys, separated by commas, the newest first.")


def split_keys(keys: SecretStr) -> Sequence[str]:
    """Give the keys one by one, the newest first."""
    return [key.strip() for key in keys.get_secret_value().split(",") if key.strip()]


class Extra(Concern):
    """What the operator allows beyond Jira Cloud."""

    sites: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins that may be called although they are not Jira Cloud's."
    )

    @field_validator("sites", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            parts = (part.strip().rstrip("/").lower() for part in value.split(","))
            return tuple(part for part in parts if part)
        return value


class Worker(Concern):
    """How a worker works."""

    concurrency: int = Field(8, ge=1, description="Jobs run at once.")


class SyncSettings(ServiceSettings):
    """What the sync API is told."""

    redis: Redis
    master: Master
    extra: Extra = Extra()


class WorkerSettings(Calling):
    """What a sync worker is told; it serves no calls, only the plain-HTTP port."""

    redis: Redis
    master: Master
    extra: Extra = Extra()
    worker: Worker = Worker()
