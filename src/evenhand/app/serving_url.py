"""The URL of the running server of a data folder, so that links lead there."""

from pathlib import Path

from evenhand.foundation.settings import Settings


def remember(settings: Settings) -> None:
    """Note the address of the server that is starting."""
    _note(settings).write_text(_listening(settings), encoding="utf-8")


def server_url(settings: Settings) -> str:
    """How a browser reaches the server: as set, as the last server listened, or as one would."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    note = _note(settings)
    return note.read_text(encoding="utf-8") if note.exists() else _listening(settings)


def _note(settings: Settings) -> Path:
    return settings.data_dir / "server.url"


def _listening(settings: Settings) -> str:
    # Who listens on every address is reached on this one, by whoever is on this machine.
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
