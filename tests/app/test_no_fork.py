"""There is one history of the public log, whatever is restored, killed, filled or damaged."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from app import commands
from app.served import START_SECONDS_MAX, Served

from evenhand.foundation.embedded import _Server
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Policy
from evenhand.tlog.store import Folder
from evenhand.tlog.verification import Outcome, published, verify_log

SECONDS_MAX = 60
TAKEN_OVER_SECONDS_MAX = 5 + 10  # as promised, and what other tests take


@pytest.fixture
def served(open_folder: Path) -> Iterator[Served]:
    server = Served(open_folder)
    server.start()
    yield server
    server.stop()


def log_of(server: Served) -> Path:
    return server.data / "log"


def seen(server: Served) -> Checkpoint:
    return Checkpoint.parse(published(Folder(log_of(server)).read).text)


def until_size(server: Served, size: int, seconds: float = SECONDS_MAX) -> Checkpoint:
    """Wait until so many epochs are published, as everybody sees them."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            checkpoint = Checkpoint.parse(
                Note.parse(requests.get(f"{server.origin}/log/checkpoint", timeout=9).content).text
            )
            if checkpoint.size >= size:
                return checkpoint
        except (requests.RequestException, LogError):
            pass
        assert time.monotonic() < deadline, server.log.read_text()[-4000:]
        time.sleep(0.1)


def require_continued(server: Served, *earlier: Checkpoint) -> None:
    policy = Policy.parse(requests.get(f"{server.origin}/log/policy", timeout=9).content)
    report = verify_log(_settled(log_of(server)), policy, earlier=earlier)
    assert report.outcome is Outcome.HELD, report


def _settled(folder: Path):
    """Read a log that goes on meanwhile as it was at one checkpoint."""
    checkpoint = (folder / "checkpoint").read_bytes()
    return lambda path: checkpoint if path == "checkpoint" else Folder(folder).read(path)


def readiness(server: Served) -> dict:
    return requests.get(f"{server.origin}/readyz", timeout=30).json()


def until_told(server: Served, sentence: str) -> dict:
    deadline = time.monotonic() + SECONDS_MAX
    while sentence not in str((found := readiness(server)).get("log")):
        assert time.monotonic() < deadline, (found, server.log.read_text()[-4000:])
        time.sleep(0.2)
    return found


def until_ready(server: Served) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while readiness(server).get("status") != "ready":
        assert time.monotonic() < deadline, server.log.read_text()[-4000:]
        time.sleep(0.2)


def lines(server: Served, event: str) -> list[dict]:
    told = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in map(json.loads, told) if line["event"] == event]


def copied(source: Path, target: Path) -> None:
    """Copy a database's folder with its owner, as whoever makes backups of it does."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def test_a_database_restored_to_an_earlier_day_does_not_start(served: Served):
    cluster, backup = served.data / "postgres", served.data.parent / "backup"
    until_size(served, 3)
    served.stop()
    copied(cluster, backup)
    served.start()
    until_size(served, seen(served).size + 2)
    served.stop()
    later = seen(served)
    kept = (log_of(served) / "checkpoint").read_bytes()

    recent = served.data.parent / "recent"
    copied(cluster, recent)
    copied(backup, cluster)
    refused = commands.run(served.environment, "serve", timeout=START_SECONDS_MAX)
    assert refused.returncode == 1
    said = refused.stdout + refused.stderr
    assert "restored to an earlier day" in said
    assert "Restore a later backup" in said
    assert "Traceback" not in said
    doctor = commands.run(served.environment, "doctor", "--json", timeout=START_SECONDS_MAX)
    found = {check["name"]: check for check in json.loads(doctor.stdout)}
    assert doctor.returncode == 1
    assert not found["public log"]["ok"]
    assert (log_of(served) / "checkpoint").read_bytes() == kept

    # As it says, the later database goes on.
    copied(recent, cluster)
    served.start()
    until_size(served, later.size + 2)
    require_continued(served, later)
    new = served.data.parent / "new-log"
    refused = begun_anew(served, new, "--yes")
    assert refused.returncode == 1
    assert "goes on as it is" in refused.stderr
    served.stop()

    # And where there is no later one, another log begins.
    old = files_of(log_of(served))
    copied(backup, cluster)
    priced = begun_anew(served, new)
    assert priced.returncode == 1
    assert json.loads(priced.stdout)["begun"] is None
    done = json.loads(begun_anew(served, new, "--yes").stdout)
    assert (done["because"], done["begun"]) == ("LogAhead", "example.com/log-2")
    assert done["published"] > done["database"] > 0
    served.environment |= {name: done[name] for name in done if name.startswith("EVENHAND")}
    served.start()
    assert until_size(served, 3).origin == "example.com/log-2"
    told = requests.get(f"{served.origin}/log/instead-of", timeout=9).json()
    assert told["published"].encode() == old[Path("checkpoint")]
    assert files_of(log_of(served)) == old
    policy = Policy.parse(requests.get(f"{served.origin}/log/policy", timeout=9).content)
    assert verify_log(_settled(new), policy).outcome is Outcome.HELD


def begun_anew(server: Served, place: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = ("log", "begin-anew", "example.com/log-2", str(place), "--json", *more)
    return commands.run(server.environment, *words, timeout=START_SECONDS_MAX)


def files_of(folder: Path) -> dict[Path, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in paths}


def test_a_database_restored_under_a_running_server_stops_its_log(served: Served):
    database = _Server(served.data)
    cluster, backup = served.data / "postgres", served.data.parent / "backup"
    until_size(served, 3)
    served.stop()
    copied(cluster, backup)
    served.start()
    later = until_size(served, seen(served).size + 3)
    # The server looks after its database, so it comes back by itself, as what it is by then.
    assert served.process is not None
    served.process.send_signal(signal.SIGSTOP)
    try:
        done = database._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", cluster)
        assert done.returncode == 0, done.stderr
        copied(backup, cluster)
    finally:
        served.process.send_signal(signal.SIGCONT)
    found = until_told(served, "restored to an earlier day")
    assert found["away"] == ["log"]
    stands = seen(served)
    time.sleep(2.5)
    assert seen(served) == stands
    assert stands.size >= later.size
    assert served.process.poll() is None
    told = lines(served, "record.log_stopped")
    assert [line["error"] for line in told] == ["LogAhead"]
    assert "Traceback" not in served.log.read_text()


def test_of_two_servers_the_other_goes_on_when_the_maker_is_killed(served: Served):
    until_size(served, 2)
    other = Served(served.data.parent / "other")
    other.data, other.log = served.data, served.data.parent / "other.log"
    other.environment["EVENHAND_DATA_DIR"] = str(served.data)
    other.start()
    try:
        before = until_size(other, seen(other).size + 2)
        assert lines(served, "record.taken_over")
        assert not lines(other, "record.taken_over")
        served.kill()
        require_continued(other, before)
        began = time.monotonic()
        after = until_size(other, before.size + 3, TAKEN_OVER_SECONDS_MAX + 3)
        assert time.monotonic() - began < TAKEN_OVER_SECONDS_MAX + 3
        assert lines(other, "record.taken_over")
        served.start()
        until_size(served, after.size + 3)
        require_continued(served, before, after)
    finally:
        other.stop()


def test_a_log_goes_on_when_its_database_was_away(served: Served):
    """More than once, since what fails is another statement each time."""
    database = _Server(served.data)
    until_size(served, 1)
    for _ in range(4):
        before = until_size(served, seen(served).size + 1)
        done = database._run("pg_ctl", "restart", "-w", "-m", "immediate", "-D", database.cluster)
        assert done.returncode == 0, done.stderr
        until_size(served, before.size + 3)
        require_continued(served, before)
    assert "Traceback" not in served.log.read_text()


def test_a_damaged_checkpoint_stops_the_log_until_it_is_mended(served: Served):
    before = until_size(served, 3)
    place = log_of(served) / "checkpoint"
    assert served.process is not None
    # Or it would put the next one in its place first.
    served.process.send_signal(signal.SIGSTOP)
    data = bytearray(place.read_bytes())
    line = data.index(b"\n", data.index(b"\n") + 1) + 1
    data[line] ^= 1
    place.write_bytes(data)
    served.process.send_signal(signal.SIGCONT)

    found = until_told(served, "not the one of this database")
    assert "may be deleted" in found["log"]
    time.sleep(2.5)
    assert place.read_bytes() == data
    assert {line["error"] for line in lines(served, "record.log_stopped")} == {"LogDiffers"}
    assert "Traceback" not in served.log.read_text()

    place.unlink()
    until_size(served, before.size + 2)
    until_ready(served)
    require_continued(served, before)
    assert lines(served, "record.log_resumed")


def test_a_tile_of_another_history_is_never_published_over(served: Served):
    served.stop()
    before = seen(served)
    planted = log_of(served) / f"tile/0/000.p/{before.size + 1}"
    planted.write_bytes(b"\0" * 32 * (before.size + 1))
    served.start()
    until_told(served, "not the one of this database")
    assert seen(served) == before
    planted.unlink()
    until_ready(served)
    until_size(served, before.size + 2)
    require_continued(served, before)


def test_a_log_that_cannot_be_written_goes_on_when_it_can(served: Served):
    before = until_size(served, 3)
    folder, aside = log_of(served), log_of(served).with_name("aside")
    folder.rename(aside)
    # Nobody, not even root, makes folders in a file.
    folder.write_bytes(b"")
    found = until_told(served, "cannot be written")
    assert found["away"] == ["log"]
    time.sleep(3)
    folder.unlink()
    aside.rename(folder)
    after = until_size(served, before.size + 3)
    until_ready(served)
    # Epochs were made meanwhile: none is missing.
    require_continued(served, before, after)
    told = lines(served, "record.log_stopped")
    assert [line["error"] for line in told] == ["LogUnreachable"]
    assert "Traceback" not in served.log.read_text()
