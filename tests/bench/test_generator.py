"""What the annotators of the benchmark do, against a real HTTP server."""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from bench.generator import Shift, Stream, work
from bench.peers import texts

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


def test_every_task_is_asked_for_and_handed_in_until_the_queue_is_drained() -> None:
    with _queue_of(30) as queue:
        tally = work(Shift(stream=_stream(queue, annotators=3), seconds=20))
    assert tally.loops == 30
    assert tally.drained
    assert tally.double_handed == 0
    assert tally.errors == {}
    assert len(tally.submit_ms) == 30
    assert len(tally.next_ms) == 3, "all but the first task of each come with the reply"
    assert set(queue.submitted) == {f"/api/assignments/{n}/submit?next=true" for n in range(30)}


def test_a_task_that_two_annotators_get_is_counted() -> None:
    with _queue_of(30, each_twice=True) as queue:
        tally = work(Shift(stream=_stream(queue, annotators=2), seconds=20))
    assert 0 < tally.double_handed <= 15


def test_a_refused_submit_is_an_error_and_no_loop() -> None:
    with _queue_of(10, submit_status=500) as queue:
        tally = work(Shift(stream=_stream(queue, annotators=2), seconds=20))
    assert tally.loops == 0
    assert tally.errors == {"submit 500": 10}


def test_a_shift_ends_when_its_time_is_up() -> None:
    with _queue_of(10_000_000) as queue:
        tally = work(Shift(stream=_stream(queue, annotators=2), seconds=0.5))
    assert tally.loops > 0
    assert not tally.drained
    assert 0.3 < tally.seconds < 5


def test_a_shift_ends_after_as_many_loops_as_it_may_have() -> None:
    with _queue_of(100) as queue:
        tally = work(Shift(stream=_stream(queue, annotators=1), seconds=20, loops_max=7))
    assert tally.loops == 7
    assert not tally.drained


def test_annotators_who_keep_a_pace_rest_between_tasks() -> None:
    with _queue_of(100) as queue:
        shift = Shift(stream=_stream(queue, annotators=2), seconds=2, pace_seconds=0.4)
        tally = work(shift)
    # Five each on average, where without a pace they would end the queue.
    assert 2 <= tally.loops <= 30
    assert len(tally.next_at) == len(tally.next_ms)


def test_a_client_that_asks_for_each_task_takes_none_with_the_reply() -> None:
    with _queue_of(10) as queue:
        stream = replace(_stream(queue, annotators=1), dialect="evenhand-asks")
        tally = work(Shift(stream=stream, seconds=20))
    assert tally.loops == len(tally.next_ms) > 0
    assert all(path.endswith("/submit") for path in queue.submitted)


def test_texts_are_unique_and_the_same_in_every_run() -> None:
    made = list(texts(0, 2000))
    assert len(set(made)) == 2000
    assert list(texts(1000, 2000)) == made[1000:]


def _stream(queue: _Queue, annotators: int) -> Stream:
    return Stream(
        dialect="evenhand",
        origin=f"http://127.0.0.1:{queue.server_port}",
        project="bench",
        headers=[{"Authorization": f"Bearer {n}"} for n in range(annotators)],
    )


class _Queue(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tasks: int, each_twice: bool, submit_status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tasks, self.each_twice, self.submit_status = tasks, each_twice, submit_status
        self.lock = threading.Lock()
        self.taken = 0
        self.had: Counter[str] = Counter()
        self.submitted: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Queue  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    # Two small writes a reply: held back, the second would wait for the first to be confirmed.
    disable_nagle_algorithm = True

    def log_message(self, *arguments: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/api/assignments/next":
            self.server.submitted.append(self.path)
            status = self.server.submit_status
            self._answer(status, self._reply({"next": self._next()} if status == 200 else {}))
            return
        task = self._next()
        if task is None:
            self._answer(204)
            return
        self._answer(200, self._reply(task))

    def _reply(self, body: Mapping[str, object]) -> bytes:
        return json.dumps(body).encode()

    def _next(self) -> dict[str, object] | None:
        number = self._number()
        if number is None:
            return None
        return {"assignment_id": str(number), "params": {"attachment": f"text {number}"}}

    def _number(self) -> int | None:
        with self.server.lock:
            if not self.server.each_twice:
                number = self.server.taken
            else:
                # Everyone gets the same tasks in the same order.
                annotator = self.headers["Authorization"]
                number = self.server.had[annotator]
                self.server.had[annotator] += 1
                if number >= self.server.tasks // 2:
                    return None
            self.server.taken += 1
            return number if number < self.server.tasks else None

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)


@contextmanager
def _queue_of(
    tasks: int, *, each_twice: bool = False, submit_status: int = 200
) -> Generator[_Queue]:
    with _Queue(tasks, each_twice, submit_status) as queue:
        thread = threading.Thread(target=queue.serve_forever)
        thread.start()
        try:
            yield queue
        finally:
            queue.shutdown()
            thread.join()
