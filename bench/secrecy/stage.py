"""The project in which gold lies hidden: live tasks, fresh gold and gold copied from settled tasks.

All are drawn alike: of three, two show a text and one a picture. What is right follows from a
number in the instruction of each, so that gold and live work can be answered rightly or wrongly
alike.
"""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

from bench.secrecy.calls import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.attacks import Target

PROJECT = "watched"
CATEGORIES = ("cat", "dog", "bird")
GOLD_SHARE = 0.3
PICTURES = 5
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763"
    "f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
SETTLE_SECONDS_MAX = 60
POLICY = {
    "gold_share": GOLD_SHARE,
    "gold_accuracy_least": 0.3,
    "annotations": 2,
    "annotations_max": 3,
    "confidence": 0.9,
}


def right_answer(task: Mapping[str, Any]) -> str:
    """Say what is right, as whoever looks at the task can see."""
    return CATEGORIES[int(task["instruction"].rsplit(" ", 1)[1]) % len(CATEGORIES)]


class Stage:
    """One tenant's project, filled over the API."""

    def __init__(self, target: Target, seed: int) -> None:
        """Take the tenant and a seed of what its tasks look like."""
        self.caller = Caller(target.port, target.key)
        self._port = target.port
        self._lot = random.Random(seed)  # noqa: S311
        self._numbers = iter(range(10**9))
        self._pictures: list[str] = []

    def fill(self, *, live: int, gold: int, settlers: Sequence[str]) -> None:
        """Make the project, half of the gold from fresh tasks and half from settled ones."""
        self.caller.insist(
            "POST",
            "/v1/projects",
            {
                "name": PROJECT,
                "type": "categorization",
                "policy": POLICY,
                "params": {"categories": CATEGORIES},
            },
        )
        self._pictures = [self._uploaded() for _ in range(PICTURES)]
        settled = self._settled(gold - gold // 2, settlers)
        for task in self._tasks(gold // 2):
            expected = {"category": right_answer(task)}
            body = {**task, "expected_response": expected}
            self.caller.insist("POST", "/v1/evaluation_tasks/categorization", body)
        for task_id in settled:
            self.caller.insist("POST", f"/v1/task/{task_id}/evaluation_task", {})
        self._import(live)

    def _tasks(self, count: int) -> Iterator[dict[str, Any]]:
        for _ in range(count):
            # Exactly so in each lot, and of one length: what tenants choose to be gold is theirs.
            number = next(self._numbers)
            is_picture = number % 3 == 0
            words = " ".join(f"word{self._lot.randrange(1000):03}" for _ in range(20))
            yield {
                "project": PROJECT,
                "attachment": self._lot.choice(self._pictures) if is_picture else words,
                "attachment_type": "image" if is_picture else "text",
                # Of one length, and without an order: the number of a task would tell its age.
                "instruction": f"Which animal? {self._lot.randrange(10**6) * 10**6 + number:012}",
            }

    def _import(self, count: int) -> None:
        body = "\n".join(json.dumps(task) for task in self._tasks(count)).encode()
        kind = {"Content-Type": "application/x-ndjson"}
        told = self.caller.send("POST", "/v1/tasks/bulk?type=categorization", body, kind)
        assert told.json()["created"] == count, told.body[:500]

    def _settled(self, count: int, settlers: Sequence[str]) -> list[str]:
        """Have tasks answered rightly by people who take no further part, and wait for them."""
        made = [
            self.caller.insist("POST", "/v1/task/categorization", task)["task_id"]
            for task in self._tasks(count)
        ]
        for token in settlers:
            caller = Caller(self._port, token)
            while (lent := caller.insist("POST", "/api/assignments/next")) is not None:
                caller.insist(
                    "POST",
                    f"/api/assignments/{lent['assignment_id']}/submit",
                    {
                        "annotation_id": _id(self._lot),
                        "response": {"category": right_answer(lent)},
                    },
                )
            caller.close()
        until = time.monotonic() + SETTLE_SECONDS_MAX
        for task_id in made:
            while self.caller.insist("GET", f"/v1/task/{task_id}")["status"] != "completed":
                assert time.monotonic() < until, "what is to be copied does not settle"
                time.sleep(0.05)
        return made

    def _uploaded(self) -> str:
        head = 'Content-Disposition: form-data; name="file"; filename="picture.png"'
        body = f"--edge\r\n{head}\r\n\r\n".encode() + PICTURE + b"\r\n--edge--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=edge"}
        told = self.caller.send("POST", "/v1/files/upload", body, kind)
        return str(told.json()["attachment_url"])


def _id(lot: random.Random) -> str:
    digits = f"{lot.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
