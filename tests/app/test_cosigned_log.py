"""The public log is cosigned by witnesses: real ones, of which one may be down and one slow."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from app import commands
from app.served import Served, free_port
from app.test_no_fork import copied, lines, log_of, seen, until_size

from evenhand import witness
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Policy, Trusted
from evenhand.tlog.signatures import VerifierKey

SECONDS_MAX = 60


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over who has gone meanwhile."""


class Cosigner:
    """A witness of a folder of its own, served by the command, which can be stopped."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.port = folder, name, free_port()
        self.keys = witness.new_witness(folder, f"{name}.example")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, logs: Policy) -> None:
        policy = self.folder / "policy"
        policy.write_bytes(bytes(logs))
        words = ["serve", str(self.folder), "--log-policy", str(policy), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "evenhand.app.cli", "witness", *words],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(400):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail("the witness does not listen")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(SECONDS_MAX)


def policy_lines(name: str, keys: list[VerifierKey], port: int) -> str:
    """A witness with two keys counts once: either of them is enough."""
    told = [f"witness {name}-{n} {key} http://127.0.0.1:{port}\n" for n, key in enumerate(keys)]
    members = " ".join(f"{name}-{n}" for n in range(len(keys)))
    return "".join(told) + f"group {name} any {members}\n"


@contextmanager
def slow(target: int, seconds: float) -> Iterator[int]:
    """A line to a witness over which every answer takes so long."""

    class Line(BaseHTTPRequestHandler):
        def _passed(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
            time.sleep(seconds)
            url = f"http://127.0.0.1:{target}{self.path}"
            try:
                answer = requests.request(self.command, url, data=body, timeout=SECONDS_MAX)
            except requests.ConnectionError:
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = _passed  # noqa: N815 - as the class above names them

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the class above
            pass

    server = _Quiet(("127.0.0.1", 0), Line)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def until_cosigned(server: Served, count: int) -> Trusted:
    """Wait until so many of the policy's keys have cosigned what everybody sees."""
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        policy = Policy.parse(requests.get(f"{server.origin}/log/policy", timeout=9).content)
        shown = requests.get(f"{server.origin}/log/checkpoint", timeout=9)
        if shown.status_code == 200:
            trusted = policy.judged(Note.parse(shown.content))
            if len(trusted.witnesses) == count:
                return trusted
        assert time.monotonic() < deadline, server.log.read_text()[-4000:]
        time.sleep(0.1)


@contextmanager
def cosigned(
    folder: Path, quorum: int, delays: dict[str, float], **environment: str
) -> Iterator[tuple]:
    """A server with witnesses, named with the seconds that each takes to answer."""
    with ExitStack() as stack:
        all_of = [Cosigner(folder / name, name) for name in delays]
        ports = [
            stack.enter_context(slow(one.port, delays[one.name])) if delays[one.name] else one.port
            for one in all_of
        ]
        text = "".join(
            policy_lines(one.name, one.keys, port) for one, port in zip(all_of, ports, strict=True)
        )
        file = folder / "witnesses"
        file.write_text(f"{text}group most {quorum} {' '.join(delays)}\nquorum most\n")
        server = Served(
            folder,
            EVENHAND_LOG_WITNESSES=str(file),
            EVENHAND_ALLOW_PRIVATE_NETWORKS="true",
            EVENHAND_LOG_ORIGIN="example.com/log",
            **environment,
        )
        server.start()
        stack.callback(server.stop)
        logs = Policy.parse(requests.get(f"{server.origin}/log/policy", timeout=9).content)
        for one in all_of:
            one.start(Policy(logs.logs))
            stack.callback(one.stop)
        yield server, all_of


def test_witnesses_cosign_each_epoch_and_a_missing_quorum_is_told(open_folder: Path):
    delays = {"one": 0.0, "two": 0.0, "late": 2.0}
    with cosigned(open_folder, 2, delays) as (server, (_, two, late)):
        policy = Policy.parse(requests.get(f"{server.origin}/log/policy", timeout=9).content)
        assert len(policy.witnesses) == 6
        assert policy.groups["one"].least == 1
        trusted = until_cosigned(server, 4)
        assert trusted.has_quorum
        assert set(trusted.witnesses) == {"one-0", "one-1", "two-0", "two-1"}
        assert requests.get(f"{server.origin}/readyz", timeout=9).json() == {"status": "ready"}

        # The slow one holds nothing up, and is asked all the same.
        begun, first = time.monotonic(), seen(server)
        until_size(server, first.size + 5)
        assert time.monotonic() - begun < 5 + 5
        behind = witness.opened(late.folder, lambda: 1).memory.last("example.com/log")
        assert behind is not None
        assert Checkpoint.parse(behind.text).size > 0

        two.stop()
        assert not until_cosigned(server, 2).has_quorum
        deadline = time.monotonic() + SECONDS_MAX
        while "witnesses" not in (
            found := requests.get(f"{server.origin}/readyz", timeout=9).json()
        ):
            assert time.monotonic() < deadline
        assert "Too few witnesses" in found["witnesses"]
        done = commands.run(server.environment, "doctor", "--json", timeout=SECONDS_MAX)
        checks = {check["name"]: check for check in json.loads(done.stdout)}
        assert "Too few witnesses" in checks["public log"]["detail"]
        # The log goes on meanwhile.
        until_size(server, seen(server).size + 2)

        two.start(Policy(policy.logs))
        assert until_cosigned(server, 4).has_quorum
        missing, back = lines(server, "record.quorum_missing"), lines(server, "record.quorum_back")
        # While one was stopped, and perhaps before the witnesses ran.
        assert 1 <= len(missing) == len(back) <= 2
        assert f"http://127.0.0.1:{two.port}" in missing[-1]["problems"]
        assert "Traceback" not in server.log.read_text()


def test_whoever_cosigns_later_counts_as_long_as_the_checkpoint_is_the_last(open_folder: Path):
    """Nobody waits for it: the checkpoint is shown, and then again with its signatures."""
    epoch = {"EVENHAND_EPOCH_SECONDS": "2"}
    with cosigned(open_folder, 2, {"one": 0.0, "late": 0.6}, **epoch) as (server, _):
        until_cosigned(server, 4)
        first, begun = seen(server), time.monotonic()
        shown: dict[int, set[int]] = {}
        # First without the late one, then with it.
        while {2, 4} not in shown.values():
            note = Note.parse((log_of(server) / "checkpoint").read_bytes())
            policy = Policy.parse((log_of(server) / "policy").read_bytes())
            trusted = policy.judged(note)
            shown.setdefault(trusted.checkpoint.size, set()).add(len(trusted.witnesses))
            assert time.monotonic() < begun + SECONDS_MAX, shown
            time.sleep(0.05)
        until_size(server, first.size + 3)
        assert time.monotonic() - begun < (seen(server).size - first.size) * 2 + 4
        # That it takes a moment each time is not told as a quorum that goes and comes.
        assert len(lines(server, "record.quorum_missing")) <= 1
        assert "Traceback" not in server.log.read_text()


def test_a_machine_restored_as_a_whole_is_found_out_by_a_witness(open_folder: Path):
    """Its database and its log agree; only somebody else remembers what came after."""
    with cosigned(open_folder, 1, {"one": 0.0}) as (server, _):
        until_cosigned(server, 2)
        server.stop()
        backup = server.data.parent / "backup"
        copied(server.data, backup)
        server.start()
        until_size(server, seen(server).size + 3)
        server.stop()
        copied(backup, server.data)
        restored = seen(server)
        server.start()
        deadline = time.monotonic() + SECONDS_MAX
        while not lines(server, "record.log_stopped"):
            assert time.monotonic() < deadline, server.log.read_text()[-4000:]
            time.sleep(0.1)
        (told,) = lines(server, "record.log_stopped")
        assert (told["error"], told["database"]) == ("LogAhead", restored.size)
        time.sleep(2)
        assert seen(server) == restored
        found = requests.get(f"{server.origin}/readyz", timeout=9).json()
        assert "restored to an earlier day" in found["log"]
        assert (log_of(server) / "checkpoint").exists()


@pytest.mark.parametrize("text", ["quorum one\n", "witness a b\n", None])
def test_a_policy_that_cannot_be_used_stops_the_start(open_folder: Path, text: str | None):
    file = open_folder / "witnesses"
    if text is not None:
        file.write_text(text)
    server = Served(open_folder, EVENHAND_LOG_WITNESSES=str(file))
    done = commands.run(server.environment, "serve", timeout=SECONDS_MAX)
    assert done.returncode == 1
    assert "EVENHAND_LOG_WITNESSES" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
