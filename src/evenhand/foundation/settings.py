"""Settings, read once at start from `EVENHAND_*` and handed on; a wrong value stops the start."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import Meta

from evenhand.foundation.errors import Invalid

PREFIX = "EVENHAND_"
SECRET_CHARACTERS_MIN = 32


class WrongSetting(Invalid):
    """A setting has a value that it cannot have."""


class Hidden:
    """A text that is not shown where it is printed; who needs it must ask."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return f"{type(self).__name__}('…')"

    @property
    def text(self) -> str:
        """What must not be shown."""
        return self._text


class SecretKey(Hidden):
    """A secret that is too long to be guessed."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        if len(text) < SECRET_CHARACTERS_MIN:
            raise ValueError(f"It has fewer than {SECRET_CHARACTERS_MIN} characters")
        super().__init__(text)


def default_data_dir() -> Path:
    """Where an installation keeps its data when nothing else is said."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and its user cannot enter /root.
        return Path("/var/lib/evenhand")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "evenhand"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "evenhand"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that can be set from outside; `docs/operating.md` tells what each is for."""

    data_dir: Path = msgspec.field(default_factory=default_data_dir)
    database_url: Hidden | None = None
    secret_key: SecretKey | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    public_url: str | None = None
    storage_url: str | None = None
    log_url: str | None = None
    log_origin: str | None = None
    epoch_seconds: Annotated[int, Meta(ge=1, le=3600)] = 1
    log_witnesses: Path | None = None
    allow_private_networks: bool = False
    pool_size: Annotated[int, Meta(ge=2, le=200)] = 10
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"

    @classmethod
    def read(cls, **given: object) -> Self:
        """Read what is set in the environment; what is given here counts instead."""
        found: dict[str, object] = {
            name: os.environ[variable]
            for name in cls.__struct_fields__
            if (variable := PREFIX + name.upper()) in os.environ
        }
        try:
            return msgspec.convert(found | given, cls, strict=False, dec_hook=_made)
        except msgspec.ValidationError as error:
            what, _, name = str(error).rstrip("`").partition(" - at `$.")
            raise WrongSetting(f"{PREFIX}{name.upper()} is wrong: {what}.") from error


def _made(kind: type[Any], text: object) -> object:
    """Make what msgspec does not know by itself."""
    return kind(text)
