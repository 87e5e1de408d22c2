"""A real server for all tests of the workbench's API, and new people at it for each."""

import io
from collections.abc import Iterator

import psycopg
import pytest
from app.api.workbench import Workbench, new_annotator, new_tenant
from app.served import Served, serving
from PIL import Image

from evenhand.foundation.embedded import embedded_server


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    with serving("api") as server:
        yield server


@pytest.fixture(scope="session")
def admin(served: Served) -> Iterator[str]:
    """The superuser's way into the server's database, past every policy."""
    with embedded_server(served.data) as conninfo:
        yield conninfo


@pytest.fixture
def nothing_open(admin: str) -> None:
    """Close what other tests left open, so that the next task lent is the test's own."""
    with psycopg.connect(admin) as connection:
        connection.execute(
            "DELETE FROM work.draft AS draft USING work.assignment AS a "
            "WHERE a.state = 'open' AND draft.assignment_id = a.assignment_id"
        )
        connection.execute("DELETE FROM work.assignment WHERE state = 'open'")


@pytest.fixture
def workbench(served: Served, admin: str, nothing_open: None) -> Workbench:
    """An annotator and a tenant whose tasks alone are open."""
    return Workbench(served.origin, new_annotator(served, admin), new_tenant(served, admin))


@pytest.fixture
def other_workbench(served: Served, admin: str) -> Workbench:
    """Another annotator, and a rival tenant."""
    return Workbench(served.origin, new_annotator(served, admin), new_tenant(served, admin))


@pytest.fixture(scope="session")
def picture() -> bytes:
    content = io.BytesIO()
    Image.effect_noise((400, 300), 60).save(content, "PNG")
    return content.getvalue()
