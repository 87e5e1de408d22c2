"""An upload in flight lies nowhere in clear, and its fields may come in any order."""

import base64
import socket
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

WORD = b"a diagnosis that nobody else may read "
BOUNDARY = "between"


def _part(name: str, content: bytes, *, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def _upload(customer, *parts: bytes):
    body = b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return customer.send("POST", "/files/upload", data=body, headers=kind)


def test_fields_are_taken_before_and_after_the_file(customer):
    file = _part("file", WORD, filename="a.txt")
    before, after = _part("reference_id", b"one"), _part("display_name", b"two")
    for parts in ([before, after, file], [file, before, after], [before, file, after]):
        reply = _upload(customer, *parts)
        assert reply.status_code == 200, reply.text
        assert (reply.json()["reference_id"], reply.json()["display_name"]) == ("one", "two")
        assert reply.json()["size"] == len(WORD)


def test_fields_and_files_have_bounds(customer):
    file = _part("file", WORD, filename="a.txt")
    assert _upload(customer, file, _part("reference_id", b"x" * 300_000)).status_code == 413
    assert _upload(customer, file, file).status_code == 400
    assert _upload(customer, _part("file", WORD)).status_code == 400


def test_an_upload_in_flight_lies_nowhere_in_clear(served, customer):
    key = base64.b64encode(f"{customer.live_key}:".encode()).decode()
    host, port = served.origin.removeprefix("http://").split(":")
    body = _part("file", WORD * 200_000, filename="a.txt")[:-2]
    head = (
        f"POST /v1/files/upload HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {key}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {len(body) + 100}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=60) as way:
        way.sendall(head.encode() + body)
        lying = _awaited(served.process.pid, least=len(body) // 2)
    assert lying
    assert not any(WORD in content for content in lying)


def test_a_tenant_has_four_uploads_under_way_and_others_theirs(served, customer, other_customer):
    with ExitStack() as stack:
        halves = [stack.enter_context(_half(served, customer)) for _ in range(4)]
        _await_places(customer)
        began = time.monotonic()
        waiting = [stack.enter_context(_half(served, customer)) for _ in range(4)]
        time.sleep(0.5)
        refused = stack.enter_context(_half(served, customer))
        told = refused.recv(4096)
        assert told.startswith(b"HTTP/1.1 429 "), told
        assert b"retry-after: 1" in told.lower()
        # Of those that wait, a place is had in turn; who has none in time is told so too.
        for one in waiting:
            assert one.recv(4096).startswith(b"HTTP/1.1 429 ")
        assert time.monotonic() - began < 30
        file = _part("file", WORD, filename="a.txt")
        assert _upload(other_customer, file).status_code == 200
        assert len(halves) == 4
    assert _upload_when_free(customer).status_code == 200


def _half(served, customer) -> socket.socket:
    """An upload of which the head and a little came."""
    key = base64.b64encode(f"{customer.live_key}:".encode()).decode()
    host, port = served.origin.removeprefix("http://").split(":")
    way = socket.create_connection((host, int(port)), timeout=60)
    way.sendall(
        f"POST /v1/files/upload HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {key}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: 9000\r\n\r\n--{BOUNDARY}\r\n".encode()
    )
    return way


def _await_places(customer) -> None:
    """Wait until the server has begun with what came before."""
    time.sleep(1)
    assert customer.send("GET", "/files").status_code == 200


def _upload_when_free(customer):
    deadline = time.monotonic() + 30
    file = _part("file", WORD, filename="a.txt")
    while (reply := _upload(customer, file)).status_code == 429:
        assert time.monotonic() < deadline
    return reply


def _awaited(pid: int, *, least: int) -> list[bytes]:
    """What the server has in deleted files, once there is as much as was sent."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [
            link.read_bytes() for link in Path(f"/proc/{pid}/fd").iterdir() if _is_temporary(link)
        ]
        if sum(map(len, found)) >= least:
            return found
        time.sleep(0.05)
    raise AssertionError("the upload does not lie in a temporary file")


def _is_temporary(link: Path) -> bool:
    try:
        target = str(link.readlink())
    except OSError:
        return False
    return target.startswith(f"{tempfile.gettempdir()}/") and target.endswith("(deleted)")
