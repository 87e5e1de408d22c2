"""A real server that nobody else uses: strangers press at its door."""

from collections.abc import Iterator

import pytest
from app.served import Served, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("door") as server:
        yield server


@pytest.fixture(scope="module")
def key(served: Served) -> str:
    """The live key of a tenant."""
    return served.command("tenant", "create", "Acorn")["live_key"]
