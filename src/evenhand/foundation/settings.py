"""Settings, read once at start from `EVENHAND_*` and handed on; a wrong value stops the start."""

import os
import sys
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data_dir() -> Path:
    """Where an installation keeps its data when nothing else is said."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and its user cannot enter /root.
        return Path("/var/lib/evenhand")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "evenhand"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "evenhand"


class Settings(BaseSettings):
    """All that can be set from outside."""

    model_config = SettingsConfigDict(env_prefix="EVENHAND_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Folder of the embedded PostgreSQL, the stored files and the server's secret.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description=(
            "An external PostgreSQL 16 or newer. A role that may create roles lets the server "
            "migrate by itself; otherwise run `evenhand migrate` first and give evenhand_app here."
        ),
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description=(
            "Seals what the server must hand out and read back. By default made once in the data "
            "folder; several hosts that share one database must share this."
        ),
    )
    host: str = Field(default="127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that `serve` listens on.")
    public_url: str | None = Field(
        default=None, description="How browsers reach this server; used in sign-in links."
    )
    storage_url: str | None = Field(
        default=None,
        description="Object storage for files, e.g. s3://bucket/prefix; a local folder by default.",
    )
    allow_private_networks: bool = Field(
        default=False,
        description="Let callbacks and imports reach private and loopback addresses.",
    )
    pool_size: int = Field(default=10, ge=2, le=200, description="Database connections a process.")
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    log_format: str = Field(default="auto", pattern="^(auto|json|console)$")
