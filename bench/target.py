"""Whom an attack presses, and by whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Target:
    """The server, and whoever attacks it from inside."""

    port: int
    key: str
    annotators: tuple[str, ...]
