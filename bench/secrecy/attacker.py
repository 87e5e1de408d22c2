"""One annotator who notes everything that could tell gold from live work.

A note is a row of features under names; numbers stay numbers, and what has a form (a status, the
names of fields, headers) becomes text, of which each value is a class of its own.
"""

from __future__ import annotations

import http.client
import random
import statistics
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from bench.secrecy.calls import Answer, Caller
from bench.secrecy.stage import CATEGORIES, right_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

Features: TypeAlias = "dict[str, float | str]"

RIGHT_SHARE = 0.75
LOOKS = 3  # of which the median and the least are noted: one look alone is mostly noise
LATER_SECONDS = (0.0, 0.012, 0.03)  # after a submission, when it is being weighed, or is not
WATCH_SECONDS = 2.2  # longer than the pace of the round that scores


@dataclass(kw_only=True)
class Noted:
    """What was noted of one assignment, and by what its purpose is found afterwards."""

    annotator: int
    annotation_id: uuid.UUID
    handle: str
    features: Features = field(default_factory=dict[str, "float | str"])
    skilled: frozenset[uuid.UUID] = frozenset()


class Attacker:
    """An annotator who works, errs at times, and looks at everything after each answer."""

    def __init__(self, number: int, port: int, token: str, seed: int) -> None:
        """Take a number to be known by, and the token to work with."""
        self.number = number
        self.caller = Caller(port, token)
        self._lot = random.Random(seed)  # noqa: S311
        self._answered = 0
        self._scores = b""

    def take(self) -> tuple[Noted, dict[str, Any]]:
        """Take the next task and note how it came."""
        answer = self.caller.ask("POST", "/api/assignments/next")
        assert answer.status == http.client.OK, (answer.status, answer.body[:500])
        lent = answer.json()
        noted = Noted(
            annotator=self.number, annotation_id=uuid.uuid4(), handle=lent["assignment_id"]
        )
        noted.features |= {"next ms": answer.ms, **_form("next", answer, lent), **_times(lent)}
        noted.features |= {f"place of {size}": float(self._answered % size) for size in (2, 3, 10)}
        self._answered += 1
        return noted, lent

    def work(self, *, watched: bool) -> Noted:
        """Do one assignment and look at all that may be read, before, within and afterwards."""
        noted, lent = self.take()
        note = noted.features
        at = f"/api/assignments/{noted.handle}"
        self._before(note, at, lent)
        response = self._response(lent)
        submitted = {"annotation_id": str(noted.annotation_id), "response": response}
        _keep(note, "submit", self.caller.ask("POST", f"{at}/submit", submitted))
        self._after(note, at, submitted)
        if watched:
            self._watch(note)
        return noted

    def skip(self, noted: Noted, lent: Mapping[str, Any]) -> None:
        """Skip an assignment, and look what a second skip and a late answer come to."""
        at = f"/api/assignments/{noted.handle}"
        for name in ("skip", "second skip"):
            _keep(
                noted.features, name, self.caller.ask("POST", f"{at}/skip", {"reason": "unclear"})
            )
        self._late(noted.features, at, noted, lent)
        following, _ = self.take()
        noted.features |= {"following ms": float(following.features["next ms"])}
        self.give_back(following)

    def give_back(self, noted: Noted) -> None:
        """Skip what is not to be looked at."""
        self.caller.ask("POST", f"/api/assignments/{noted.handle}/skip", {"reason": "other"})

    def _before(self, note: Features, at: str, lent: Mapping[str, Any]) -> None:
        held = self._looks(note, "held", "/api/assignments")
        (mine,) = (one for one in held.json()["assignments"] if one["assignment_id"] in at)
        note["held as lent"] = str(mine == lent)
        for path in list(lent["files"].values())[:1]:
            _keep(note, "file", self.caller.ask("GET", path))
        renewed = self.caller.ask("POST", f"{at}/renew")
        _keep(note, "renew", renewed)
        draft = {"response": {"category": CATEGORIES[0]}, "version": 0}
        for name in ("draft", "stale draft"):
            _keep(note, name, self.caller.ask("PUT", f"{at}/draft", draft))
        self._looks(note, "early feedback", f"{at}/feedback")

    def _after(self, note: Features, at: str, submitted: Mapping[str, Any]) -> None:
        began = time.perf_counter()
        for seconds in LATER_SECONDS:
            time.sleep(max(0.0, began + seconds - time.perf_counter()))
            _keep(note, f"me after {seconds}", self.caller.ask("GET", "/api/me"))
        repeated = self.caller.ask("POST", f"{at}/submit", submitted)
        _keep(note, "repeat", repeated)
        other = {**submitted, "annotation_id": str(uuid.uuid4())}
        _keep(note, "another", self.caller.ask("POST", f"{at}/submit", other))
        _keep(note, "late skip", self.caller.ask("POST", f"{at}/skip", {"reason": "other"}))
        _keep(note, "late renew", self.caller.ask("POST", f"{at}/renew"))
        contest = {"assignment_id": at.rsplit("/", 1)[1], "reason": "I was right."}
        _keep(note, "contest", self.caller.ask("POST", "/api/me/contests", contest))
        scores = self._looks(note, "scores", "/api/me/scores")
        note["scores moved"] = str(scores.body != self._scores)
        note["scores bytes"] = float(len(scores.body))
        self._scores = scores.body
        self._looks(note, "feedback", f"{at}/feedback")

    def _watch(self, note: Features) -> None:
        """Ask again and again for as long as an answer may need to be scored."""
        waits: list[float] = []
        until = time.perf_counter() + WATCH_SECONDS
        while time.perf_counter() < until:
            waits.append(self.caller.ask("GET", "/api/me").ms)
        waits.sort()
        note["watched longest ms"] = waits[-1]
        note["watched tenth ms"] = waits[-10]
        note["watched p95 ms"] = waits[int(0.95 * len(waits))]

    def _looks(self, note: Features, name: str, path: str) -> Answer:
        answers = [self.caller.ask("GET", path) for _ in range(LOOKS)]
        waits = [answer.ms for answer in answers]
        _keep(note, name, answers[-1])
        note[f"{name} ms"] = statistics.median(waits)
        note[f"{name} least ms"] = min(waits)
        return answers[-1]

    def _late(self, note: Features, at: str, noted: Noted, lent: Mapping[str, Any]) -> None:
        submitted = {"annotation_id": str(noted.annotation_id), "response": self._response(lent)}
        _keep(note, "late submit", self.caller.ask("POST", f"{at}/submit", submitted))

    def lapsed(self, noted: Noted, lent: Mapping[str, Any]) -> None:
        """Note what becomes of an assignment that ran out: kept, renewed, handed in late."""
        note, at = noted.features, f"/api/assignments/{noted.handle}"
        _keep(note, "lapsed renew", self.caller.ask("POST", f"{at}/renew"))
        _keep(note, "lapsed feedback", self.caller.ask("GET", f"{at}/feedback"))
        self._late(note, at, noted, lent)

    def _response(self, lent: Mapping[str, Any]) -> dict[str, str]:
        right = right_answer(lent)
        if self._lot.random() < RIGHT_SHARE:
            return {"category": right}
        return {"category": self._lot.choice([one for one in CATEGORIES if one != right])}


def _keep(note: Features, name: str, answer: Answer) -> None:
    note[f"{name} ms"] = answer.ms
    note |= _form(name, answer, answer.json() if _is_json(answer) else None)


def _is_json(answer: Answer) -> bool:
    return any(name.lower() == "content-type" and "json" in value for name, value in answer.headers)


def _form(name: str, answer: Answer, told: object) -> Features:
    return {
        f"{name} form": answer.form(),
        f"{name} fields": _fields(told),
        f"{name} bytes": float(len(answer.body)),
    }


def _fields(told: object) -> str:
    """Name the fields of an answer in their order, with the kinds of their values."""
    if isinstance(told, dict):
        return " ".join(f"{key}:{_fields(value)}" for key, value in told.items() if key != "files")
    return type(told).__name__


def _times(lent: Mapping[str, Any]) -> Features:
    leased, expires = (datetime.fromisoformat(lent[at]) for at in ("leased_at", "expires_at"))
    return {
        "lease seconds": (expires - leased).total_seconds(),
        "moment of the lease": leased.microsecond / 1e6,
        "digits of the moment": float(len(lent["leased_at"])),
        "characters of the handle": float(len(lent["assignment_id"])),
        "files": float(len(lent["files"])),
        "numbers of files": " ".join(sorted(p.rsplit("/", 1)[1] for p in lent["files"].values())),
    }
