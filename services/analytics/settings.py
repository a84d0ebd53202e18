"""What the analytics process is told."""

from pydantic import Field

from services.chassis.redis import CacheSettings
from services.chassis.settings import Concern, ServiceSettings


class Snapshots(Concern):
    """Connections' issues in memory."""

    megabytes: int = Field(1024, ge=1, description="What all snapshots together may take.")
    threads: int = Field(2, ge=1, description="Reports and refreshes that run at once.")


class Answers(Concern):
    """Answers that were given before."""

    megabytes: int = Field(64, ge=1, description="What they may take in the process.")
    ttl_seconds: int = Field(3600, ge=1, description="How long Redis keeps one.")


class AnalyticsSettings(ServiceSettings):
    """All settings of the analytics process."""

    redis: CacheSettings
    snapshots: Snapshots = Snapshots()
    answers: Answers = Answers()
