"""Settings that every service has, read once from the environment.

A variable is CONCERN_NAME: MONGO_URL is `mongo.url`, REDIS_CACHE_URL is `redis.cache_url`. All that
is wrong is said in one message, and the process ends.
"""

import sys
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65535)]


class Concern(BaseModel):
    """A group of settings; frozen.

    Names it does not know are other programs': HTTP_PROXY, GRPC_VERBOSITY, OTEL_SERVICE_NAME, or
    the MONGO_SERVICE_HOST that Kubernetes adds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Mongo(Concern):
    """MongoDB: the truth."""

    url: SecretStr = Field(description="MongoDB's connection string.")
    database: str = Field("jira_analytics", description="The database's name.")
    timeout_seconds: float = Field(
        5.0, gt=0, description="How long a server is looked for before a call fails."
    )
    pool_size: int = Field(50, ge=1, description="Connections kept at most.")


class Listen(Concern):
    """An address to listen at."""

    host: str = Field("127.0.0.1", description="The interface.")
    port: Port = Field(description="The port; 0 takes a free one.")


class Jwks(Concern):
    """Where the keys that sign access tokens are published."""

    url: str = Field(description="The address of auth's JSON Web Key Set.")
    refresh_seconds: float = Field(30.0, gt=0, description="How often the set is read again.")
    held_seconds: float = Field(
        1560.0,
        gt=0,
        description="How long its keys hold while it cannot be read: auth's KEYS_NOTICE_SECONDS, "
        "and what a token lives. A key may be gone after that.",
    )


class Auth(Concern):
    """The auth service, as the others find it."""

    address: str = Field(description="Its gRPC address, as host:port.")


class Client(Concern):
    """As whom a process calls other services."""

    id: str = Field(description="The client's id, as auth's CLIENTS_SECRETS names it.")
    secret: SecretStr = Field(description="The client's secret.")


class Otel(Concern):
    """Traces: off unless there is a collector."""

    endpoint: str | None = Field(None, description="An OTLP/gRPC collector, as http://host:port.")


class Log(Concern):
    """What is logged."""

    level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="The least level."
    )
    slow_milliseconds: float = Field(1000.0, gt=0, description="Calls that take longer are logged.")


class RevocationSettings(Concern):
    """How soon a revoked token is refused where no news of it came: the promise is 30 seconds."""

    every_seconds: float = Field(
        10.0, gt=0, le=15, description="How often what was revoked is read again."
    )


class Drain(Concern):
    """How a process stops."""

    notice_seconds: float = Field(
        1.5, ge=0, description="From turning unhealthy until new calls are refused."
    )
    grace_seconds: float = Field(5.0, ge=0, description="How long running calls may go on.")


class ProcessSettings(BaseSettings):
    """What each process is told."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_nested_delimiter="_", env_nested_max_split=1
    )

    http: Listen
    mongo: Mongo
    log: Log = Log()


class Calling(ProcessSettings):
    """What each process is told that calls other services with tokens that auth gives."""

    auth: Auth
    client: Client


class ServerSettings(ProcessSettings):
    """What each process that takes calls is told."""

    grpc: Listen
    otel: Otel = Otel()
    drain: Drain = Drain()
    revocations: RevocationSettings = RevocationSettings()


class ServiceSettings(Calling, ServerSettings):
    """What each service is told that knows callers by the keys that auth publishes."""

    jwks: Jwks


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def _variables(kind: type[BaseSettings], place: tuple[int | str, ...]) -> list[str]:
    """Name the variables a problem is about: of a concern that is missing, the required ones."""
    name = "_".join(str(part) for part in place).upper()
    concern = kind.model_fields[str(place[0])].annotation if len(place) == 1 else None
    if not (isinstance(concern, type) and issubclass(concern, BaseModel)):
        return [name]
    fields = concern.model_fields.items()
    return [f"{name}_{field}".upper() for field, about in fields if about.is_required()]


def load(kind: type[SettingsT]) -> SettingsT:
    """Read the settings from the environment, or end the process with all that is wrong."""
    try:
        return kind()
    except ValidationError as invalid:
        lines = [
            f"  {variable}: {problem['msg']}"
            for problem in invalid.errors(include_input=False, include_url=False)
            for variable in _variables(kind, problem["loc"])
        ]
        sys.exit("These settings (environment variables) are not right:\n" + "\n".join(lines))
