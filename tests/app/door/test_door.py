"""What strangers can cost a server, and its callers meanwhile."""

import base64
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest
import requests
from app.served import HOST, Served

from evenhand.app.door.connections import HEAD_SECONDS_MAX
from evenhand.app.door.strangers import STRANGERS_MAX

ANSWERED_SECONDS_MAX = 5  # on a machine that is busy with other tests
PRESSING = STRANGERS_MAX + 188
MEGABYTE = 1024 * 1024


@contextmanager
def pressing(served: Served, sent: bytes, count: int = PRESSING) -> Iterator[list[socket.socket]]:
    """So many connections that sent something and stay open."""
    sockets = [_connected(served) for _ in range(count)]
    try:
        for one in sockets:
            # Those that were turned out to make room for the later ones are gone by now.
            try:
                one.sendall(sent)
            except OSError:
                continue
        yield sockets
    finally:
        for one in sockets:
            one.close()


def _connected(served: Served) -> socket.socket:
    one = socket.create_connection((HOST, served.port))
    one.settimeout(30)
    return one


def _answers(served: Served, key: str) -> None:
    began = time.monotonic()
    for _ in range(5):
        reply = requests.get(f"{served.origin}/v1/tasks", auth=(key, ""), timeout=30)
        assert reply.status_code == 200, reply.text
    assert time.monotonic() - began < ANSWERED_SECONDS_MAX


@pytest.mark.parametrize(
    "half",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /v1/tasks HT", id="half a head"),
        pytest.param(
            b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b'Content-Length: 900\r\n\r\n{"token": "',
            id="half a sign-in",
        ),
        pytest.param(
            b"POST /v1/task/categorization HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{",
            id="half a task without a key",
        ),
        pytest.param(
            b"GET /v1/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nonsense\r\n\r\n",
            id="a key that is none",
        ),
    ],
)
def test_a_caller_gets_in_while_strangers_hold_all_their_places(served, key, half):
    with pressing(served, half):
        _answers(served, key)


def test_a_stranger_hears_no_before_any_of_a_body_is_read(served):
    for path in ("/v1/task/categorization", "/v1/tasks/bulk", "/v1/files/upload",
                 "/api/assignments/x/submit", "/api/standings/pause"):  # fmt: skip
        with _connected(served) as one:
            one.sendall(
                f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                "X-Evenhand-Request: 1\r\nContent-Length: 60000\r\n\r\n".encode()
            )
            assert one.recv(4096).startswith(b"HTTP/1.1 401 "), path


def test_a_sign_in_holds_a_token_and_no_more(served):
    before = _resident(served)
    body = b'{"token": [' + b"[]," * (5 * MEGABYTE) + b"[]]}"
    reply = requests.post(f"{served.origin}/api/session", data=body, timeout=30,
                          headers={"Content-Type": "application/json"})  # fmt: skip
    assert reply.status_code == 413
    assert _resident(served) - before < 50 * MEGABYTE
    long = requests.post(f"{served.origin}/api/session", json={"token": "x" * 2_000}, timeout=30)
    assert long.status_code == 413


def _resident(served: Served) -> int:
    assert served.process is not None
    return psutil.Process(served.process.pid).memory_info().rss


def test_a_body_of_many_values_is_refused_before_they_are_made(served, key):
    before = _resident(served)
    values = b"0," * (8 * MEGABYTE) + b"0]"
    for path, body in (
        ("/v1/tasks/bulk", b"[" + values[: 15 * MEGABYTE] + b"0]"),
        ("/v1/tasks/bulk?atomic=true", (b'{"a": [' + b"[]," * 19_000 + b"[]]}\n") * 100),
        ("/v1/task/categorization", b'{"attachment": [' + values[: 15 * MEGABYTE] + b"0]}"),
    ):
        reply = requests.post(f"{served.origin}{path}", data=body, auth=(key, ""), timeout=30)
        assert reply.status_code == 413, (path, reply.text[:200])
        assert "values" in reply.json()["error"]
    assert _resident(served) - before < 150 * MEGABYTE


def test_a_head_has_an_end(served):
    with _connected(served) as one:
        one.sendall(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 100_000)
        assert one.recv(4096).startswith(b"HTTP/1.1 431 ")


def test_a_body_that_drips_is_given_up(served, key):
    login = base64.b64encode(f"{key}:".encode()).decode()
    with _connected(served) as one:
        one.sendall(
            f"POST /v1/task/categorization HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\n"
            "Content-Length: 5000\r\n\r\n".encode()
        )
        one.settimeout(0.5)
        deadline = time.monotonic() + 30
        reply = b""
        while not reply and time.monotonic() < deadline:
            one.sendall(b" ")
            try:
                reply = one.recv(4096)
            except TimeoutError:
                continue
    assert reply.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("half", [b"", b"GET /v1/tasks HT"])
def test_a_head_that_does_not_end_is_given_up(served, half):
    with _connected(served) as one:
        one.sendall(half)
        began = time.monotonic()
        with suppress(ConnectionResetError):
            assert one.recv(4096) == b""
    assert time.monotonic() - began < 2 * HEAD_SECONDS_MAX + ANSWERED_SECONDS_MAX


def test_a_body_of_which_nothing_more_comes_is_given_up(served, key):
    login = base64.b64encode(f"{key}:".encode()).decode()
    with _connected(served) as one:
        one.sendall(
            f"POST /v1/task/categorization HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\n"
            "Content-Length: 5000\r\n\r\n{".encode()
        )
        assert one.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_private_answers_are_kept_by_nobody_on_the_way(served, key):
    for path in ("/v1/tasks", "/api/standings?project=x", "/api/me", "/api/callbacks?task_id=x"):
        reply = requests.get(f"{served.origin}{path}", auth=(key, ""), timeout=30)
        assert reply.headers["Cache-Control"] == "no-store", path


@pytest.mark.parametrize("name", ["%00", "a%00b.js", "a" * 5_000, "%ff", "..%2f..%2fsecret"])
def test_a_name_that_no_file_can_have_is_just_not_there(served, name):
    assert requests.get(f"{served.origin}/assets/{name}", timeout=30).status_code == 404
