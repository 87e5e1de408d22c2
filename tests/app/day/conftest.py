"""A real server, a real browser, and new people at it for each test."""

import shutil
from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest
from app.day.person import Customer, Person
from app.served import Served, serving
from playwright.sync_api import Browser, sync_playwright

from evenhand.foundation.embedded import embedded_server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    with serving("day") as server:
        yield server


@pytest.fixture(scope="session")
def admin(served: Served) -> Iterator[str]:
    """The superuser's way into the server's database, past every policy."""
    with embedded_server(served.data) as conninfo:
        yield conninfo


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("Chromium is not installed, and these tests need it")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def nothing_open(admin: str) -> None:
    """Take away what other tests left open or lent: the next task lent is the test's own."""
    with psycopg.connect(admin) as connection:
        connection.execute(
            "DELETE FROM work.draft AS draft USING work.assignment AS a "
            "WHERE a.state IN ('open', 'leased') AND draft.assignment_id = a.assignment_id"
        )
        connection.execute("DELETE FROM work.assignment WHERE state IN ('open', 'leased')")


@pytest.fixture
def customer(served: Served, nothing_open: None) -> Customer:
    key = served.command("tenant", "create", f"customer {uuid4().hex[:8]}")["live_key"]
    return Customer(served, (key, ""))


NewPerson = Callable[..., Person]


@pytest.fixture
def new_person(served: Served, browser: Browser) -> Iterator[NewPerson]:
    """Whoever else is wanted; their browsers are closed afterwards."""

    def hired(*options: str) -> Person:
        email = f"{uuid4().hex[:8]}@example.org"
        made = served.command("annotator", "create", email, *options)
        return Person(served, browser, made["token"])

    yield hired
    for context in browser.contexts:
        context.close()


@pytest.fixture
def person(new_person: NewPerson) -> Person:
    return new_person()


@pytest.fixture
def run_out(admin: str) -> Callable[..., None]:
    """Let all leases run out now, and have the tasks go back to the queue, as after a lunch."""

    def let_run_out(*, back_in_queue: bool = True) -> None:
        with psycopg.connect(admin) as connection:
            connection.execute("UPDATE work.assignment SET expires_at = now() - interval '1 s' "
                               "WHERE state = 'leased'")  # fmt: skip
            if back_in_queue:
                connection.execute(
                    "UPDATE work.assignment SET state = 'open', annotator_id = NULL, "
                    "leased_at = NULL, expires_at = NULL WHERE state = 'leased'"
                )

    return let_run_out
