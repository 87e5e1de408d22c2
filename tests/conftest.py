"""What tests stand on: one real PostgreSQL for the run, a fresh database for whoever asks.

The first test that needs a database starts the embedded server and migrates a template; all
workers of pytest-xdist share both. A test takes the cheapest fixture that is enough:

- `tx`: a transaction of one tenant that is rolled back at the end;
- `pool`: the application's own pool on a copy of the template, for several transactions;
- `database`: that copy itself, with the superuser's connection string, for planted faults.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from given import NOW, Database
from psycopg import sql
from psycopg.conninfo import make_conninfo

from evenhand import tenants
from evenhand.foundation import migrate
from evenhand.foundation.database import Pool, Tx, as_tenant, pool_of
from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from evenhand.app.context import Context

# Of all that tests write most is copies of a database, of hundreds of files each: on a disk one
# takes half a second, in memory a fiftieth. There must be room for it, or all is on the disk.
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 4 * 1024**3
TEMPLATE = "evenhand"
SECRET = b"a secret that only tests may know"
POOL_SIZE = 8
SERVER_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Choose the folder of the run's one server; workers are told it by their controller."""
    given: dict[str, str] | None = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[SERVER_FOLDER] = Path(given["server_folder"])
        return
    # Tests start hundreds of interpreters, each of which would compile all of a server anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # What a test leaves in its `tmp_path` stays, for whoever looks why it failed.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix="evenhand-tests-", dir=_roomy_memory()))
    # Under root PostgreSQL runs as another user, who must be able to pass.
    folder.chmod(0o711)
    config.stash[SERVER_FOLDER] = folder
    # Of the servers that tests start, and their databases.
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def _roomy_memory() -> Path | None:
    """A file system in memory, unless somebody has chosen a place or it has no room."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir():
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with tests that were given more time than all, lest one of them ends alone."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: tests wait for servers, and for time to pass."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker of pytest-xdist where the server is."""
    workerinput: dict[str, str] = node.workerinput  # pyright: ignore[reportAttributeAccessIssue]
    config: pytest.Config = node.config  # pyright: ignore[reportAttributeAccessIssue]
    workerinput["server_folder"] = str(config.stash[SERVER_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's folder once every worker has gone."""
    folder = config.stash.get(SERVER_FOLDER, None)
    if folder is not None and not hasattr(config, "workerinput"):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, as the product does."""
    return "asyncio"


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Iterator[str]:
    """The superuser's connection string to the run's server, which holds a migrated template."""
    folder = pytestconfig.stash[SERVER_FOLDER]
    with embedded_server(folder) as admin:
        with (folder / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _make_template(admin, folder / "template.made")
        yield admin


def _make_template(admin: str, made: Path) -> None:
    if made.exists():
        return
    with _maintenance(admin) as connection:
        # A test's data need not survive a crash of the machine, and commits become cheap.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        # It may lie in memory, and what is no longer needed should not.
        connection.execute("ALTER SYSTEM SET max_wal_size = '256MB'")
        connection.execute("SELECT pg_reload_conf()")
    migrate.migrate(admin)
    migrate.let_app_in(admin)
    with psycopg.connect(admin) as connection:
        connection.execute("SELECT tenants.keep_door_key(%s)", [Proofs(Secret(SECRET)).key])
    made.touch()


def _maintenance(admin: str) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(admin, dbname="postgres"), autocommit=True)


def _copy(server: str) -> Database:
    name = f"copy_{uuid4().hex}"
    identifier = sql.Identifier(name)
    with _maintenance(server) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                identifier, sql.Identifier(TEMPLATE)
            )
        )
        # A copy inherits everything but the privileges on the database itself.
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(identifier))
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO evenhand_app").format(identifier)
        )
    admin = make_conninfo(server, dbname=name)
    return Database(name=name, admin=admin, app=migrate.app_conninfo(admin))


def _drop(server: str, database: Database) -> None:
    with _maintenance(server) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database.name))
        )


@pytest.fixture
def database(server: str) -> Iterator[Database]:
    """A database of the test's own, fresh from the migrations, dropped afterwards."""
    copy = _copy(server)
    yield copy
    _drop(server, copy)


@pytest.fixture
def another_database(server: str) -> Iterator[Database]:
    """A second database, for whoever compares two installations."""
    copy = _copy(server)
    yield copy
    _drop(server, copy)


@pytest.fixture
async def pool(database: Database, secret: Secret, anyio_backend: str) -> AsyncIterator[Pool]:
    """The application's pool on a database of the test's own."""
    async with pool_of(database.app, size=POOL_SIZE, proofs=Proofs(secret)) as opened:
        yield opened


@pytest.fixture
async def context(pool: Pool, secret: Secret, tmp_path: Path) -> AsyncIterator["Context"]:
    """The parts of a server or worker on a database of the test's own."""
    # Loaded here, for most tests need none of it.
    from evenhand.app import worker
    from evenhand.app.installation import context_over
    from evenhand.foundation.settings import Settings

    async with context_over(Settings(data_dir=tmp_path), pool, secret) as made:
        yield made
        await worker._stop_heavy(made)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that PostgreSQL's own user may pass, as pytest's `tmp_path` is not."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def secret() -> Secret:
    """A server's secret."""
    return Secret(SECRET)


@pytest.fixture
async def tenant(pool: Pool, secret: Secret) -> tenants.NewTenant:
    """A tenant with its keys, in `pool`'s database."""
    return await tenants.create(pool, secret, "Acorn Labs", now=NOW)


@pytest.fixture
async def rival(pool: Pool, secret: Secret) -> tenants.NewTenant:
    """Another tenant in the same database, who must see nothing of the first."""
    return await tenants.create(pool, secret, "Bramble AI", now=NOW)


@pytest.fixture(scope="session")
def shared_database(server: str) -> Iterator[Database]:
    """One database for all tests that roll back."""
    copy = _copy(server)
    yield copy
    _drop(server, copy)


class _OverAndUndone(Exception):
    """Ends a test's transaction so that nothing of it stays."""


@pytest.fixture
async def tx(shared_database: Database, secret: Secret) -> AsyncIterator[Tx]:
    """A transaction of a tenant of its own, rolled back at the end of the test."""
    async with pool_of(shared_database.app, size=2, proofs=Proofs(secret)) as opened:
        made = await tenants.create(opened, secret, "Clover", now=NOW)
        with suppress(_OverAndUndone):
            async with as_tenant(opened, made.tenant_id) as transaction:
                yield transaction
                raise _OverAndUndone


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data sets that lies beside the repository, where there is one."""
    given = os.environ.get("EVENHAND_TEST_DATA")
    folder = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real data needed: no folder {folder}; set EVENHAND_TEST_DATA")
    return folder
