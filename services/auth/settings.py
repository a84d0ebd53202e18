"""What the auth service is told."""

from collections.abc import Sequence

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

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


class PasswordSettings(Concern):
    """How passwords are hashed."""

    cost: int = Field(
        SAFE_COST, ge=4, le=16, description="bcrypt's cost; less than 12 is for tests only."
    )
    threads: int = Field(0, ge=0, description="Threads that hash; 0 means all cores but one.")
    waiting: int = Field(32, ge=0, description="How many may wait for a thread at most.")


class OperatorSettings(BaseSettings):
    """What an operator's command needs of the service's settings."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_nested_delimiter="_", env_nested_max_split=1
    )

    mongo: Mongo
    passwords: PasswordSettings = PasswordSettings()
    log: Log = Log()


class AuthSettings(ServerSettings):
    """What the service is told."""

    master: MasterSettings
    passwords: PasswordSettings = PasswordSettings()
