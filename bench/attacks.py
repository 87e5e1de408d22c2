"""What one tenant waits while strangers and another tenant do their worst to the same server.

Each attack runs in a process of its own for a stretch; meanwhile a second tenant asks for its
tasks, every fourth time on a connection of its own, and has tasks annotated and settled.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import multiprocessing
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psutil
from rich.table import Table

from bench import crafted
from bench.local_server import HOST
from bench.target import Target
from evenhand.task_types import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.synchronize import Event

    from bench.evenhand_server import EvenhandServer

ALONE = "alone"
PAUSE_SECONDS = 0.05
SETTLE_SECONDS_MAX = 60
P99_MS_MAX = 200.0
SETTLE_SECONDS_MORE_MAX = 2.0
MEMORY_MORE_MAX = 400 * 2**20
MEGABYTE = 1024 * 1024
PLAIN: dict[str, Any] = {
    "attachment": "x", "attachment_type": "text", "categories": ["a", "b"]
}  # fmt: skip
JSON = {"Content-Type": "application/json"}
CRAFTED_TASKS = 20  # of each type, one after the other


@dataclass(kw_only=True)
class Seen:
    """What the other tenant saw during a stretch."""

    waits_ms: list[float] = field(default_factory=list)
    refused: int = 0
    settled_seconds: list[float] = field(default_factory=list)
    memory_more: int = 0

    def p99(self) -> float:
        """Return the wait that one request of a hundred exceeds, in milliseconds."""
        return statistics.quantiles(self.waits_ms, n=100)[98] if len(self.waits_ms) > 1 else 0.0


def _ask(
    target: Target,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    token: str | None = None,
    headers: Mapping[str, str] = JSON,
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, target.port, timeout=60)
    try:
        sent = {"Authorization": f"Bearer {token or target.key}", **headers}
        connection.request(method, path, body, sent)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def _held_open(target: Target, stop: Event, sent: bytes, count: int) -> None:
    held: list[socket.socket] = []
    while not stop.is_set():
        while len(held) < count:
            one = socket.create_connection((HOST, target.port))
            with contextlib.suppress(OSError):
                one.sendall(sent)
            held.append(one)
        time.sleep(0.5)
        gone = held[: count // 10]
        del held[: count // 10]
        for one in gone:
            one.close()


def half_heads(target: Target, stop: Event) -> None:
    """Six hundred strangers who never end their heads."""
    _held_open(target, stop, b"GET /v1/tasks HT", 600)


def half_bodies(target: Target, stop: Event) -> None:
    """Six hundred strangers who never end a sign-in."""
    head = b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    _held_open(target, stop, head + b'Content-Length: 900\r\n\r\n{"token"', 600)


def connects(target: Target, stop: Event) -> None:
    """Strangers who come and go as fast as they can."""
    while not stop.is_set():
        with contextlib.suppress(OSError):
            socket.create_connection((HOST, target.port)).close()


def _repeated(stop: Event, at_once: int, ask: Callable[[], object]) -> None:
    def one() -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                ask()

    with ThreadPoolExecutor(at_once) as pool:
        for _ in range(at_once):
            pool.submit(one)


def large_sign_ins(target: Target, stop: Event) -> None:
    """Strangers who sign in with 16 MB of brackets."""
    body = b'{"token": [' + b"[]," * (5 * MEGABYTE) + b"[]]}"
    _repeated(stop, 4, lambda: _ask(target, "POST", "/api/session", body))


def wrong_keys(target: Target, stop: Event) -> None:
    """Strangers who guess keys."""
    _repeated(stop, 16, lambda: _ask(target, "GET", "/v1/tasks", token="live_" + uuid4().hex * 2))


def arrays_of_zeros(target: Target, stop: Event) -> None:
    """A tenant that sends 15 MB of zeros as tasks."""
    body = b"[" + b"0," * (7 * MEGABYTE) + b"0]"
    _repeated(stop, 4, lambda: _ask(target, "POST", "/v1/tasks/bulk?type=comparison", body))


def lines_of_brackets(target: Target, stop: Event) -> None:
    """A tenant whose lines are as complex as lines may be."""
    line = b'{"attachment": [' + b"[]," * 19_000 + b"[]]}\n"
    body = line * 200
    _repeated(stop, 4, lambda: _ask(target, "POST", "/v1/tasks/bulk?type=comparison", body))


def complex_tasks(target: Target, stop: Event) -> None:
    """A tenant whose tasks hold as many values as may be."""
    body = b'{"attachment": [' + b"[]," * 98_000 + b"[]]}"
    _repeated(stop, 4, lambda: _ask(target, "POST", "/v1/task/categorization", body))


def long_texts(target: Target, stop: Event) -> None:
    """A tenant whose tasks are as long as may be."""
    text = "é" * 999_000
    body = json.dumps(
        {"attachment": text, "attachment_type": "text", "categories": ["a", "b"]}
    ).encode()
    _repeated(stop, 4, lambda: _ask(target, "POST", "/v1/task/categorization", body))


def exports(target: Target, stop: Event) -> None:
    """A tenant that exports everything, many times at once."""
    _repeated(stop, 8, lambda: _ask(target, "GET", "/api/export?params=true"))


def crafted_spans(target: Target, stop: Event) -> None:
    """A tenant and its annotators who mark 2,900 overlapping spans in one text."""
    text = "word " * 4_000
    task = {
        "text": text, "labels": [{"name": "x"}], "merge_newlines": False,
        "project": "spans",
    }  # fmt: skip
    _ask(target, "POST", "/v1/projects", json.dumps(
        {"name": "spans", "type": "namedentityrecognition", "policy": {"annotations": 2}}
    ).encode())  # fmt: skip
    while not stop.is_set():
        _ask(target, "POST", "/v1/task/namedentityrecognition", json.dumps(task).encode())
        for shift, token in enumerate(target.annotators):
            status, lent = _ask(target, "POST", "/api/assignments/next", token=token)
            if status != http.client.OK:
                continue
            spans = [{"start": at, "end": 19_000 - at - shift, "label": "x"} for at in range(2_900)]
            response = {"annotations": spans}
            task = json.loads(lent)
            _hand_in(target, task, {"category": "a"} if _is_plain(task) else response, token)


def crafted_answers(target: Target, stop: Event) -> None:
    """A tenant and its annotators who answer at the limits, twenty tasks of every type in turn."""
    picture = _uploaded(target)
    for type_name in sorted(REGISTRY):
        project = {"name": f"crafted {type_name}", "type": type_name, "policy": {"annotations": 2}}
        _ask(target, "POST", "/v1/projects", json.dumps(project).encode())
    while not stop.is_set():
        for type_name in sorted(REGISTRY):
            made = list(crafted.cases(type_name).values())
            for number in range(CRAFTED_TASKS):
                if stop.is_set():
                    return
                params, answers = made[number % len(made)]()
                if params.get("attachment") == crafted.PICTURE:
                    params["attachment"] = picture
                params["project"] = f"crafted {type_name}"
                _ask(target, "POST", f"/v1/task/{type_name}", json.dumps(params).encode())
                _answered(target, type_name, answers)


def _uploaded(target: Target) -> str:
    head = 'Content-Disposition: form-data; name="file"; filename="picture.png"'
    body = f"--edge\r\n{head}\r\n\r\n".encode() + b"\x89PNG\r\n\x1a\n" + b"\r\n--edge--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    _, told = _ask(target, "POST", "/v1/files/upload", body, headers=kind)
    return str(json.loads(told)["attachment_url"])


def _answered(target: Target, type_name: str, answers: Sequence[object]) -> None:
    for token, response in zip(target.annotators, answers, strict=False):
        status, lent = _ask(target, "POST", "/api/assignments/next", token=token)
        if status != http.client.OK:
            continue
        task = json.loads(lent)
        mine = task["type"] == type_name and not _is_plain(task)
        _hand_in(target, task, response if mine else {"category": "a"}, token)


def _is_plain(task: Mapping[str, Any]) -> bool:
    """Say whether a task is one of those whose settling is watched, which anybody may be lent."""
    return task["params"].get("categories") == PLAIN["categories"]


def _hand_in(target: Target, task: Mapping[str, Any], response: object, token: str) -> None:
    """Answer a task, or give it back where it does not take the answer."""
    at = f"/api/assignments/{task['assignment_id']}"
    answer = {"annotation_id": str(uuid4()), "response": response}
    status, _ = _ask(target, "POST", f"{at}/submit", json.dumps(answer).encode(), token=token)
    if status in range(400, 500):
        _ask(target, "POST", f"{at}/skip", b'{"reason": "other"}', token=token)


ATTACKS: dict[str, Callable[[Target, Event], None]] = {
    attack.__name__: attack
    for attack in (
        half_heads, half_bodies, connects, large_sign_ins, wrong_keys, arrays_of_zeros,
        lines_of_brackets, complex_tasks, long_texts, exports, crafted_spans,
        crafted_answers,
    )
}  # fmt: skip


def run(server: EvenhandServer, seconds: float, names: Sequence[str]) -> dict[str, Seen]:
    """Take the attacks one after the other, and the server left alone before them."""
    server.start()
    try:
        victim, attacker = server.target("victim", 1), server.target("attacker", 2)
        pid = server.processes()[0]
        found = {ALONE: watched(victim, pid, seconds, None)}
        for name in names:
            found[name] = watched(victim, pid, seconds, (name, attacker))
        return found
    finally:
        server.stop()


def is_kept(seen: Seen, alone: Seen) -> bool:
    """Say whether nobody was kept waiting, refused or left unsettled."""
    settled, before = seen.settled_seconds, statistics.median(alone.settled_seconds)
    return (
        seen.p99() <= P99_MS_MAX
        and seen.refused == 0
        and bool(settled)
        and max(settled) <= before + SETTLE_SECONDS_MORE_MAX
        and seen.memory_more <= MEMORY_MORE_MAX
    )


def table(found: Mapping[str, Seen]) -> Table:
    """Put the attacks side by side."""
    shown = Table(title="What another tenant saw")
    for column in ("attack", "asked", "p50 ms", "p99 ms", "max ms", "refused",
                   "settled", "longest s", "memory MB", ""):  # fmt: skip
        shown.add_column(column, justify="left" if column == "attack" else "right")
    for name, seen in found.items():
        shown.add_row(
            name,
            str(len(seen.waits_ms)),
            f"{statistics.median(seen.waits_ms):.1f}",
            f"{seen.p99():.0f}",
            f"{max(seen.waits_ms):.0f}",
            str(seen.refused),
            str(len(seen.settled_seconds)),
            f"{max(seen.settled_seconds, default=float('nan')):.1f}",
            f"{seen.memory_more / MEGABYTE:.0f}",
            "kept" if is_kept(seen, found[ALONE]) else "MISSED",
        )
    return shown


def watched(victim: Target, pid: int, seconds: float, attack: tuple[str, Target] | None) -> Seen:
    """Attack for a stretch and say what the other tenant saw meanwhile."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    attacker = None
    if attack is not None:
        attacker = context.Process(target=ATTACKS[attack[0]], args=(attack[1], stop), daemon=True)
        attacker.start()
        time.sleep(1)
    seen = Seen()
    server = psutil.Process(pid)
    before = server.memory_info().rss
    try:
        with ThreadPoolExecutor(2) as pool:
            until = time.monotonic() + seconds
            settling = pool.submit(_settle, victim, seen, until)
            _read(victim, seen, until, lambda: server.memory_info().rss - before)
            settling.result()
    finally:
        stop.set()
        if attacker is not None:
            attacker.join(15)
            attacker.kill()
    return seen


def _read(victim: Target, seen: Seen, until: float, memory: Callable[[], int]) -> None:
    kept = http.client.HTTPConnection(HOST, victim.port, timeout=60)
    count = 0
    while time.monotonic() < until:
        count += 1
        if count % 4 == 0:
            kept.close()
        began = time.perf_counter()
        try:
            kept.request(
                "GET", "/v1/tasks?limit=5", headers={"Authorization": f"Bearer {victim.key}"}
            )
            reply = kept.getresponse()
            reply.read()
            seen.refused += reply.status != http.client.OK
        except (OSError, http.client.HTTPException):
            seen.refused += 1
            kept.close()
        seen.waits_ms.append((time.perf_counter() - began) * 1000)
        seen.memory_more = max(seen.memory_more, memory())
        time.sleep(PAUSE_SECONDS)
    kept.close()


def _settle(victim: Target, seen: Seen, until: float) -> None:
    body = json.dumps(PLAIN).encode()
    while time.monotonic() < until:
        began = time.monotonic()
        with contextlib.suppress(OSError, http.client.HTTPException, KeyError, ValueError):
            made = json.loads(_ask(victim, "POST", "/v1/task/categorization", body)[1])["task_id"]
            while time.monotonic() - began < SETTLE_SECONDS_MAX:
                _annotate(victim)
                _, told = _ask(victim, "GET", f"/v1/task/{made}")
                if json.loads(told)["status"] == "completed":
                    seen.settled_seconds.append(time.monotonic() - began)
                    break
                time.sleep(0.02)
        time.sleep(0.5)


def _annotate(victim: Target) -> None:
    """Do the next task, whosever it is: annotators work for all tenants in turn."""
    token = victim.annotators[0]
    status, lent = _ask(victim, "POST", "/api/assignments/next", token=token)
    if status != http.client.OK:
        return
    _hand_in(victim, json.loads(lent), {"category": "a"}, token)
