"""The embedded PostgreSQL starts with the first who needs it and stops with the last."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from evenhand.foundation import postmaster
from evenhand.foundation.embedded import (
    DATABASE,
    DatabaseUnreachable,
    _closed_to_others,
    embedded_server,
)

USER = """
import sys
from pathlib import Path
from evenhand.foundation.embedded import embedded_server
with embedded_server(Path(sys.argv[1])) as conninfo:
    print(conninfo, flush=True)
    sys.stdin.read()
"""


LISTENER = """
import socket
import sys
way = socket.socket(socket.AF_UNIX)
way.bind(sys.argv[1])
way.listen()
print("listens", flush=True)
while True:
    way.accept()
    print("asked", flush=True)
"""


def _connect(conninfo: str) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(conninfo, dbname="postgres"), autocommit=True)


def _postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def _start_user(folder: Path) -> tuple[subprocess.Popen[str], str]:
    user = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert user.stdout is not None
    return user, user.stdout.readline().strip()


def test_the_server_answers_on_no_network_and_wants_a_password(open_folder: Path) -> None:
    with embedded_server(open_folder) as conninfo:
        assert conninfo_to_dict(conninfo)["dbname"] == DATABASE
        with _connect(conninfo) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            _connect(make_conninfo(conninfo, password="guessed"))
    assert not (open_folder / "postgres" / "postmaster.pid").exists()


def test_data_outlives_the_server(open_folder: Path) -> None:
    with embedded_server(open_folder) as conninfo, _connect(conninfo) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with embedded_server(open_folder) as conninfo, _connect(conninfo) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_second_user_finds_the_server_running_and_keeps_it_when_the_first_goes(
    open_folder: Path,
) -> None:
    with embedded_server(open_folder):
        first = _postmaster(open_folder)
        user, conninfo = _start_user(open_folder)
    try:
        assert _postmaster(open_folder) == first
        with _connect(conninfo) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        user.communicate(timeout=60)
    assert not (open_folder / "postgres" / "postmaster.pid").exists()


def test_after_a_user_is_killed_the_next_one_finds_what_was_committed(open_folder: Path) -> None:
    user, conninfo = _start_user(open_folder)
    with _connect(conninfo) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    user.send_signal(signal.SIGKILL)
    user.communicate()
    with embedded_server(open_folder) as again, _connect(again) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert not (open_folder / "postgres" / "postmaster.pid").exists()


def test_after_the_server_itself_is_killed_the_next_start_recovers(open_folder: Path) -> None:
    with embedded_server(open_folder) as conninfo:
        with _connect(conninfo) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        postmaster = _postmaster(open_folder)
        os.kill(postmaster, signal.SIGKILL)
        _await_end(postmaster)
    with embedded_server(open_folder) as conninfo, _connect(conninfo) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def _await_end(pid: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("the server is still there")


@pytest.mark.parametrize("name", ["copy", "long" * 20])
def test_a_copy_of_a_running_folder_has_a_server_of_its_own(open_folder: Path, name: str) -> None:
    original, copy = open_folder / "original", open_folder / name
    original.mkdir(mode=0o711)
    with embedded_server(original) as conninfo:
        with _connect(conninfo) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS answer")
            connection.execute("CHECKPOINT")
        first = _postmaster(original)
        subprocess.run(["cp", "-a", str(original), str(copy)], check=True)
        with embedded_server(copy) as copied, _connect(copied) as connection:
            assert _postmaster(copy) != first
            shown = connection.execute("SHOW data_directory").fetchone()
            assert shown == (str((copy / "postgres").resolve()),)
            connection.execute("UPDATE kept SET answer = 2")
        assert not (copy / "postgres" / "postmaster.pid").exists()
        os.kill(first, 0)
        with _connect(conninfo) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (1,)


def test_a_stale_process_id_that_is_somebody_elses_blocks_no_start(open_folder: Path) -> None:
    with embedded_server(open_folder) as conninfo:
        with _connect(conninfo) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        postmaster = _postmaster(open_folder)
        os.kill(postmaster, signal.SIGKILL)
        _await_end(postmaster)
    stranger = subprocess.Popen(["sleep", "600"], user="evenhand" if os.geteuid() == 0 else None)
    try:
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            _rename_holder(open_folder / "postgres" / lock, stranger.pid)
        with embedded_server(open_folder) as conninfo, _connect(conninfo) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert not (open_folder / "postgres" / "postmaster.pid").exists()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def _rename_holder(lock: Path, pid: int) -> None:
    _, *rest = lock.read_text().splitlines(keepends=True)
    lock.write_text("".join([f"{pid}\n", *rest]))


def test_a_long_folder_name_is_no_obstacle_to_the_socket(open_folder: Path) -> None:
    deep = open_folder / ("long" * 20)
    deep.mkdir(mode=0o711)
    with embedded_server(deep) as conninfo, _connect(conninfo) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        socket_folder = Path(str(conninfo_to_dict(conninfo)["host"]))
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert not socket_folder.exists()
    # Someone else takes the name, to have us hand over what the link leads to.
    socket_folder.symlink_to(open_folder)
    try:
        with pytest.raises(DatabaseUnreachable, match="remove it"), embedded_server(deep):
            pass
    finally:
        socket_folder.unlink()


def test_a_folder_that_the_servers_user_cannot_pass_is_named(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    assert _closed_to_others(closed / ".") == closed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_under_root_a_closed_folder_stops_the_start_with_advice(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(DatabaseUnreachable, match="chmod o\\+x"), embedded_server(closed):
        pass


def _listening(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LISTENER, str(folder / postmaster.SOCKET)]
    listening = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert listening.stdout is not None
    assert listening.stdout.readline() == "listens\n"
    return listening


def _asked_once_until_killed(listening: subprocess.Popen[str]) -> bool:
    assert listening.stdout is not None
    first = listening.stdout.readline()
    listening.kill()
    more, _ = listening.communicate()
    return (first, more) == ("asked\n", "")


def _is_seen(watch: postmaster.Watch) -> bool:
    return not watch.is_lost() or watch.look()


@pytest.mark.skipif(sys.platform != "linux", reason="others cannot be followed elsewhere")
def test_whoever_listens_is_asked_once_and_missed_at_once(open_folder: Path) -> None:
    watch = postmaster.Watch(open_folder)
    assert not _is_seen(watch)
    first = _listening(open_folder)
    assert [_is_seen(watch) for _ in range(3)] == [True, True, True]
    assert _asked_once_until_killed(first)
    assert not _is_seen(watch)
    (open_folder / postmaster.SOCKET).unlink()
    second = _listening(open_folder)
    assert _is_seen(watch)
    (open_folder / postmaster.SOCKET).unlink()
    assert not _is_seen(watch), "nobody finds it any longer"
    assert _asked_once_until_killed(second)
    watch.close()
