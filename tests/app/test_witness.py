"""`evenhand witness`: a program of its own, with a folder and nothing else."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
from logs import LOG_KEYS, ORIGIN, entries, publish, served, written

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.proof import Proof
from evenhand.tlog.reading import LogReader
from evenhand.tlog.signatures import VerifierKey, verified
from evenhand.tlog.store import Folder
from evenhand.tlog.tree import leaf_hash
from evenhand.tlog.witnessing import REQUEST_BYTES_MAX, AddCheckpoint, cosignatures_of
from evenhand.witness.memory import hash_of_origin

SECONDS_MAX = 60
NAME = "witness.example/w"


@pytest.fixture(autouse=True)
def no_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever would look for a database finds none.
    monkeypatch.setenv("EVENHAND_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("EVENHAND_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evenhand.app.cli", "witness", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def told(*words: object):
    done = run(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "witness"
    assert told("init", folder, NAME)["name"] == NAME
    for key in LOG_KEYS:
        assert told("add-log", folder, key.verifier_key)["origin"] == ORIGIN
    return folder


@pytest.fixture
def keys(folder: Path) -> list[VerifierKey]:
    from evenhand import witness

    return witness.opened(folder, lambda: 1).verifier_keys


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["serve", str(folder), "--port", str(port), "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "evenhand.app.cli", "witness", *words], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["listening"]
        _await(port)
        yield url
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS_MAX) in {0, -signal.SIGINT, 130}


def _await(port: int) -> None:
    for _ in range(200):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the witness does not listen")


def _request(log: Path, old: int) -> bytes:
    note = Note.parse((log / "checkpoint").read_bytes())
    size = Checkpoint.parse(note.text).size
    path = LogReader(Folder(log).read, size).consistency_path(old)
    return bytes(AddCheckpoint(old, tuple(path), note))


def test_a_log_gets_cosignatures_that_make_a_receipt_whole(
    url: str, keys: list[VerifierKey], tmp_path: Path
):
    log = tmp_path / "log"
    writer = written(log, entries(300))
    session = requests.Session()
    assert session.post(f"{url}/add-checkpoint", data=_request(log, 0)).status_code == 200
    writer.append(entries(100, 300))
    publish(writer)

    stale = session.post(f"{url}/add-checkpoint", data=_request(log, 0))
    assert (stale.status_code, stale.text) == (409, "300\n")
    assert stale.headers["content-type"] == "text/x.tlog.size"
    answer = session.post(f"{url}/add-checkpoint", data=_request(log, int(stale.text)))
    assert answer.status_code == 200

    note = Note.parse((log / "checkpoint").read_bytes()).signed(cosignatures_of(answer.content))
    proof = Proof(7, tuple(LogReader(Folder(log).read, 400).inclusion_path(7)), note)
    logs = tuple(Party(key.verifier_key) for key in LOG_KEYS)
    for key in keys:
        trusted = Proof.parse(bytes(proof)).verify(
            leaf_hash(entries(8)[7]), Policy(logs, {"w": Party(key)}, quorum="w")
        )
        assert abs((trusted.witnesses["w"] or 0) - time.time()) < SECONDS_MAX

    shown = session.get(f"{url}/{hash_of_origin(ORIGIN)}/checkpoint")
    assert Checkpoint.parse(Note.parse(shown.content).text).size == 400
    assert len(verified(Note.parse(shown.content), keys)) == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/add-checkpoint", 405), ("POST", "/", 404), ("GET", "/", 404),
        ("GET", f"/{'0' * 64}/checkpoint", 404), ("GET", f"/{'0' * 63}/checkpoint", 404),
        ("GET", "/../keys", 404), ("GET", "/keys", 404), ("GET", "/seen", 404),
        ("POST", "/add-checkpoint", 400),
    ],
)  # fmt: skip
def test_whatever_else_is_asked_is_refused(method: str, path: str, status: int, url: str):
    assert requests.request(method, url + path).status_code == status


def test_a_body_that_is_too_large_is_refused(url: str):
    body = b"old 0\n" + b"x" * REQUEST_BYTES_MAX
    assert requests.post(f"{url}/add-checkpoint", data=body).status_code == 413


def test_a_body_that_does_not_come_is_not_waited_for(url: str):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS_MAX) as slow:
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold")
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


class _Receiver(BaseHTTPRequestHandler):
    bodies: list[bytes]

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the class above
        pass


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    kind = type("Receiver", (_Receiver,), {"bodies": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/cosigned", kind.bodies
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_log_is_followed_and_what_was_cosigned_is_sent_back(
    folder: Path, keys: list[VerifierKey], receiver: tuple[str, list[bytes]], tmp_path: Path
):
    written(tmp_path / "log", entries(300))
    post, bodies = receiver
    with served(tmp_path / "log") as url:
        found = told("follow", folder, url, "--once", "--post", post)
    assert (found["origin"], found["size"]) == (ORIGIN, 300)
    assert found["checkpoint"].encode() == bodies[0]
    assert len(verified(Note.parse(bodies[0]), keys)) == 2
    (line,) = told("status", folder)
    assert (line["origin"], line["size"], line["root"]) == (ORIGIN, 300, found["root"])


def test_a_follower_goes_on_until_the_log_forks(folder: Path, tmp_path: Path):
    log = tmp_path / "log"
    writer = written(log, entries(3))
    words = ["follow", str(folder), str(log), "--every", "0.05", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "evenhand.app.cli", "witness", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["size"] == 3
        # Trouble of the moment is told, and tried again.
        (log / "checkpoint").rename(log / "away")
        assert b"no such file" in process.stderr.readline()
        (log / "away").rename(log / "checkpoint")
        writer.append(entries(5, 3))
        publish(writer)
        assert json.loads(process.stdout.readline())["size"] == 8
        written(tmp_path / "rewritten", [b"other", *entries(8)])
        log.rename(tmp_path / "before")
        (tmp_path / "rewritten").rename(log)
        *_, said = process.stderr.read().splitlines()
        assert process.wait(SECONDS_MAX) == 1
    assert "does not continue" in json.loads(said)["error"]


def test_two_witnesses_compare_over_http(url: str, folder: Path, tmp_path: Path):
    log, other_log, other = tmp_path / "log", tmp_path / "other-log", tmp_path / "other"
    written(log, entries(300))
    written(other_log, [b"other", *entries(299)])
    requests.post(f"{url}/add-checkpoint", data=_request(log, 0)).raise_for_status()
    theirs = f"{url}/{hash_of_origin(ORIGIN)}/checkpoint"

    told("init", other, "other.example")
    told("add-log", other, LOG_KEYS[0].verifier_key)
    told("follow", other, other_log, "--once")
    caught = run("compare", other, theirs, "--log", other_log, "--json")
    assert caught.returncode == 1
    assert "two histories" in json.loads(caught.stderr)["error"]

    kept = tmp_path / "kept"
    kept.write_bytes(requests.get(theirs).content)
    agreed = told("compare", folder, kept, "--log", log)
    assert agreed["one_history"] is True


def test_what_cannot_be_done_is_told_in_a_sentence(folder: Path, tmp_path: Path):
    for words in (
        ("init", folder, NAME),
        ("add-log", folder, "no key"),
        ("add-log", tmp_path / "none", LOG_KEYS[0].verifier_key),
        ("status", tmp_path / "none"),
        ("follow", folder, tmp_path / "none", "--once"),
        ("serve", folder, "--log-policy", tmp_path / "none"),
        ("compare", folder, tmp_path / "none", "--log", tmp_path),
    ):
        done = run(*words)
        assert done.returncode == 1
        assert done.stderr.startswith("error: ")
        assert "Traceback" not in done.stderr
