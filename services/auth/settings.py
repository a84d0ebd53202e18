"""What the auth service is told."""

from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.auth.domain.clients import clients_of
from services.auth.domain.key_schedule import Rule
from services.chassis.settings import Concern, Log, Mongo, ServerSettings

# OWASP asks for 10 at least; 12 costs a fifth of a second.
SAFE_COST = 12


class MasterSettings(Concern):
    """The keys that secrets are encrypted with."""

    keys: SecretStr = Field(description="Fernet keys, separated by commas, the newest first.")

    @field_validator("keys")
    @classmethod
    def _check(cls, value: SecretStr) -> SecretStr:
        if not split_keys(value):
            raise ValueError("at least one Fernet key is needed")
        for position, key in enumerate(split_keys(value), start=1):
            try:
                Fernet(key)
            except ValueError as wrong:
                raise ValueError(f"key {position} is no Fernet key (32 bytes, base64)") from wrong
        return value


def split_keys(keys: SecretStr) -> Sequence[str]:
    """Give the keys one by one, the newest first."""
    return [key.strip() for key in keys.get_secret_value().split(",") if key.strip()]


class ClientSettings(Concern):
    """Who may ask for service tokens."""

    secrets: SecretStr = Field(
        SecretStr(""),
        description="Each client's id and secret, as sync:secret, separated by commas; an id may "
        "stand twice while its secret is changed.",
    )

    @field_validator("secrets")
    @classmethod
    def _check(cls, value: SecretStr) -> SecretStr:
        clients_of(value.get_secret_value())
        return value


class NewsSettings(Concern):
    """The Redis that carries news between processes."""

    cache_url: SecretStr | None = Field(
        None,
        description="The Redis that carries news of revocations; where left out, they are known "
        "with the next reading.",
    )


class ServicesSettings(Concern):
    """Where the other services are, of which auth asks that they erase and tell."""

    sync_address: str = Field(
        "", description="The sync API's gRPC address, as host:port; without it nobody is erased."
    )
    analytics_address: str = Field(
        "", description="Analytics' gRPC address, as host:port; without it nobody is erased."
    )


class ErasingSettings(Concern):
    """How accounts are erased whose grace is over."""

    every_seconds: float = Field(60.0, gt=0, description="How often they are looked for.")
    lease_seconds: float = Field(
        180.0, gt=0, description="After which a process that erases is taken for dead."
    )


class PasswordSettings(Concern):
    """How passwords are hashed."""

    cost: int = Field(
        SAFE_COST, ge=4, le=16, description="bcrypt's cost; less than 12 is for tests only."
    )
    threads: int = Field(0, ge=0, description="Threads that hash; 0 means all cores but one.")
    waiting: int = Field(32, ge=0, description="How many may wait for a thread at most.")


class SmtpSettings(Concern):
    """The server that mails are handed to."""

    url: SecretStr | None = Field(
        None,
        description="smtps://user:password@host:465, or smtp:// with STARTTLS (asked for except on "
        "this machine); without it links wait for `python -m services.auth mails`, and "
        "nobody is mailed of connections that stop.",
    )
    sender: str = Field(
        "jira-analytics <no-reply@localhost>", description="Whom mails come from.", pattern="@"
    )
    timeout_seconds: float = Field(
        20.0, gt=0, le=60, description="How long handing a mail over may take."
    )
    pause_seconds: float = Field(
        15.0, gt=0, description="The pause after a first failure; it doubles up to 15 minutes."
    )
    poll_seconds: float = Field(1.0, gt=0, description="How often the outbox is looked into.")

    @field_validator("url")
    @classmethod
    def _check(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.port == 0:
            raise ValueError("this is not smtp://host:port or smtps://host:port")
        return value


class LinkSettings(Concern):
    """Where mailed links lead."""

    address: str = Field(
        "https://localhost:8443", pattern="^https?://", description="What mailed links begin with."
    )


class AuditSettings(Concern):
    """How events come into the audit."""

    rest_seconds: float = Field(
        0.4, gt=0, description="How long each process rests before it looks for waiting events."
    )


class KeySettings(Concern):
    """How the keys that sign access tokens come and go."""

    rotation_days: int = Field(30, ge=1, description="How long a key signs.")
    notice_seconds: float = Field(
        600.0,
        gt=0,
        le=43_200,
        description="How long a key is published before it signs; at least twice what it may be "
        "held: KEYS_CACHE_SECONDS.",
    )
    cache_seconds: float = Field(
        300.0,
        gt=0,
        description="How long anybody holds the published keys: tokens.keys_cache_seconds of the "
        "gateway's policy, and JWKS_REFRESH_SECONDS of the services.",
    )
    read_seconds: float = Field(
        5.0, gt=0, description="How often each process of auth reads the keys again."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.notice_seconds < 2 * max(self.cache_seconds, self.read_seconds):
            raise ValueError("NOTICE_SECONDS must be twice CACHE_SECONDS and READ_SECONDS at least")
        return self

    @property
    def rule(self) -> Rule:
        """The same in milliseconds."""
        days = 24 * 60 * 60 * 1000
        return Rule(notice=int(self.notice_seconds * 1000), rotation=self.rotation_days * days)


class OperatorSettings(BaseSettings):
    """What an operator's command needs of the service's settings."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_nested_delimiter="_", env_nested_max_split=1
    )

    mongo: Mongo
    passwords: PasswordSettings = PasswordSettings()
    log: Log = Log()


class PostingSettings(OperatorSettings):
    """What the operator's command needs that shows mails."""

    master: MasterSettings
    smtp: SmtpSettings = SmtpSettings()
    links: LinkSettings = LinkSettings()


class KeyOperatorSettings(OperatorSettings):
    """What the commands about keys need."""

    master: MasterSettings
    keys: KeySettings = KeySettings()


class AuthSettings(ServerSettings):
    """What the service is told."""

    master: MasterSettings
    clients: ClientSettings = ClientSettings()
    keys: KeySettings = KeySettings()
    redis: NewsSettings = NewsSettings()
    services: ServicesSettings = ServicesSettings()
    erasing: ErasingSettings = ErasingSettings()
    passwords: PasswordSettings = PasswordSettings()
    smtp: SmtpSettings = SmtpSettings()
    links: LinkSettings = LinkSettings()
    audit: AuditSettings = AuditSettings()
