#!/usr/bin/env python3
"""Check a public log, a transcript of its decisions, and receipts, with nothing but Python.

FOLDER holds the files of `/log/`. Without --policy its keys are taken from there, which proves
nothing about whose log it is. --complete says that the receipts are those of all tenants. Ends with
0 if all holds, 1 if something does not, 2 if something cannot be read. One file, to be read from
here to the end; its formats are told, to the byte, by docs/receipts.md and docs/transcript.md.
"""

import argparse
import base64
import bisect
import gzip
import hashlib
import hmac
import json
import sys
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

Event = dict[str, Any]
RACE_SECONDS = 1.0  # of two steps within it, one may not have seen the other
LATE_SECONDS = 60.0  # whatever is entered so long before its epoch began, comes too late
ENDS = {"annotation.accepted", "assignment.skipped", "assignment.expired"}
KINDS_OF_WORK = (("opened", "withdrawn"), ("reviews_opened", "reviews_withdrawn"))


class Checks(dict[str, list[Any]]):
    """By name, how often a check was made, how often a race excuses it, and what is wrong."""

    def that(self, name: str, holds: bool, words: str = "", raced: bool = False) -> None:
        """Count a check, and note what is wrong where it does not hold."""
        found = self.setdefault(name, [0, 0, []])
        found[0], found[1] = found[0] + 1, found[1] + (raced and not holds)
        found[2] += [] if holds or raced else [words]


# Ed25519, as RFC 8032 describes it: points in extended coordinates on -x² + y² = 1 + d x² y².
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493
Point = tuple[int, int, int, int]


def _added(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, y, z, w = f - e, h - g, h + g, f + e
    return x * y % P, z * w % P, y * z % P, x * w % P


def _times(number: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while number:
        result = _added(result, point) if number & 1 else result
        point, number = _added(point, point), number >> 1
    return result


def _point(data: bytes) -> Point:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        raise ValueError("This is no point of the curve.")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is that of the key on the message (RFC 8032, 5.1.7)."""
    scalar = int.from_bytes(signature[32:], "little")
    if len(key) != 32 or len(signature) != 64 or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    right = _added(_point(signature[:32]), _times(challenge, _point(key)))
    left = _times(scalar, BASE)
    return all((left[at] * right[2] - right[at] * left[2]) % P == 0 for at in (0, 1))


# Trees, as RFC 6962 defines them.
def sha256(*parts: bytes) -> bytes:
    """SHA-256 of all parts, one behind the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def grow(subtrees: list[bytes], size: int, data: bytes) -> None:
    """Add a leaf to a list of this size: the roots of its full subtrees, the largest first."""
    node = sha256(b"\x00", data)
    while size & 1:
        node, size = sha256(b"\x01", subtrees.pop(), node), size >> 1
    subtrees.append(node)


def root_of(subtrees: list[bytes]) -> bytes:
    """The root of the whole list."""
    *rest, node = subtrees or [sha256()]
    for left in reversed(rest):
        node = sha256(b"\x01", left, node)
    return node


def root_by(leaf: bytes, index: int, last: int, path: list[bytes]) -> bytes | None:
    """To which root a path leads from a leaf's hash, if it fits the tree (RFC 9162, 2.1.3.2)."""
    for sibling in path:
        if index & 1 or index == last:
            leaf = sha256(b"\x01", sibling, leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = sha256(b"\x01", leaf, sibling)
        index, last = index >> 1, last >> 1
    return leaf if index == last == 0 else None


# The log: a checkpoint that is signed, and entries in bundles of 256.
def data_of(text: str) -> bytes:
    """Bytes that are written as standard base64."""
    return base64.b64decode(text, validate=True)


class Log:
    """A public log: its epochs, and what it added up to before each of them."""

    def __init__(self, folder: Path, policy: Path, checks: Checks) -> None:
        text, _, lines = (folder / "checkpoint").read_text("utf-8").partition("\n\n")
        self.origin, size, root = text.split("\n")[:3]
        keys = [line for line in policy.read_text("utf-8").splitlines() if line[:4] == "log "]
        signed = any(self._signed(f"{text}\n", lines, key.split()[1]) for key in keys)
        checks.that("signature", signed, "None of the keys of the policy signed the checkpoint.")
        self.leaves, self.roots, tree = list[bytes](), list[str](), list[bytes]()
        for leaf in self._entries(folder, int(size)):
            number = len(self.leaves)
            is_epoch = len(leaf) == 96 and leaf[:24] == b"evenhand-epoch-1" + number.to_bytes(8)
            holds = is_epoch and (not self.leaves or leaf[24:32] > self.leaves[-1][24:32])
            checks.that("epochs in order", holds, f"Entry {number} is not the epoch {number}.")
            self.roots.append(root_of(tree).hex())
            grow(tree, number, leaf)
            self.leaves.append(leaf)
        checks.that("root", root_of(tree) == data_of(root), f"Entries do not add up to {root}.")

    def _signed(self, text: str, lines: str, policy_key: str) -> bool:
        name, key_id, data = policy_key.split("+", 2)
        key, found = data_of(data), [line.split(" ") for line in lines.splitlines()]
        key_hash = sha256(f"{name}\n".encode(), key)[:4].hex()
        given = [data_of(one) for mark, who, one in found if (mark, who) == ("—", name)]
        of_key = [one[4:] for one in given if one[:4].hex() == key_id == key_hash and key[0] == 1]
        return name == self.origin and any(is_signed(key[1:], text.encode(), one) for one in of_key)

    @staticmethod
    def _entries(folder: Path, size: int) -> Iterator[bytes]:
        for start in range(0, size, 256):
            digits, width = f"{start // 256:012}", min(256, size - start)
            groups = [digits[at : at + 3] for at in range(0, 12, 3)]
            while len(groups) > 1 and groups[0] == "000":
                groups.pop(0)
            name = "/x".join(["tile/entries", *groups])[::-1].replace("x", "", 1)[::-1]
            bundle = (folder / (name if width == 256 else f"{name}.p/{width}")).read_bytes()
            for _ in range(width):
                end = 2 + int.from_bytes(bundle[:2])
                yield bundle[2:end]
                bundle = bundle[end:]


# The transcript: each epoch's record and entries; in the order of their ids, which grow with time.
class Entry(NamedTuple):
    """An entry of some tenant's log: when it was entered, whose it is, in which epoch, and what."""

    entry_id: str
    log: str
    epoch: int
    event: Event
    commitment: bytes

    @property
    def time(self) -> float:
        """When it was entered: its id is a UUIDv7, with 4096ths of a millisecond."""
        return (int(self.entry_id[:12], 16) * 4096 + int(self.entry_id[13:16], 16)) / 4096e3


def entries_of(lines: list[Event], log: Log, head: Event, checks: Checks) -> list[Entry]:
    """All entries in the order in which they were entered, each epoch held against the log."""
    found, now, told = list[Entry](), head["terms"], set[str]()
    for one in (now, *head.get("earlier_terms", [])):  # which may say less, and nothing else
        text = json.dumps(one, sort_keys=True, separators=(",", ":")).encode()
        told |= {sha256(text).hex()} if one.items() <= now.items() else set()
    for place, line in enumerate(lines, lines[0]["epoch"] if lines else 0):
        epoch, record, tree = int(line["epoch"]), json.loads(line["record"]), list[bytes]()
        said = sha256(data_of(line["salt"]), line["record"].encode())
        holds = epoch == place < len(log.leaves) and said == log.leaves[epoch][32:64]
        checks.that("transcript", holds, f"Epoch {epoch} at {place} is not that of the log.")
        if not holds:
            return found
        checks.that("terms", record["terms"] in told, f"{epoch} went by other terms.")
        for size, (whose, entry_id, event, salt) in enumerate(line["entries"]):
            commitment = sha256(data_of(salt), event.encode())
            grow(tree, size, bytes.fromhex(entry_id) + commitment)
            found.append(Entry(entry_id, whose, epoch, json.loads(event), commitment))
            late = int.from_bytes(log.leaves[max(0, epoch - 1)][24:32]) / 1e6 - found[-1].time
            words = f"Epoch {epoch}: {entry_id} was entered {late:.0f} s before it began."
            checks.that("entered in time", late < LATE_SECONDS, words)
        holds = (root_of(tree).hex(), len(line["entries"])) == (record["order"], record["entries"])
        checks.that("entries", holds, f"Epoch {epoch} has others than its record says.")
    return sorted(found)


# The rule, written down a second time: what each decision should have been.
class Queue:
    """What the record says of one tenant: its place in the order, its work, who had what."""

    def __init__(self, log: str) -> None:
        self.log, self.handle, self.weight, self.parties = log, "", 1000, set[str]()
        self.tag, self.tie, self.has_open, self.has_reviews = 0, "", False, False
        self.places: deque[tuple[float, tuple[int, str]]] = deque(maxlen=256)  # until when, where
        self.open: dict[str, list[int]] = {}  # of each task that is named: annotations, reviews
        self.count, self.opened_at, self.noted_at = [0, 0], 0.0, 0.0
        self.had, self.paused = set[tuple[str, str]](), set[tuple[str, str]]()
        self.lent: dict[str, tuple[str, str]] = {}
        self.ahead: dict[str, str] = {}  # what is lent and not shown yet, and to whom

    def has(self, reviewer: bool) -> bool:
        """Whether it has work for somebody of this role."""
        return self.has_open or (reviewer and self.has_reviews)

    def takes(self, who: str, reviewer: bool) -> bool:
        """Whether something is open that the annotator has not had."""
        waits = (task for task, one in self.open.items() if one[0] > 0 or (reviewer and one[1] > 0))
        return any((task, who) not in self.had for task in waits)


class Replay:
    """All queues from the first entry on; `checks` says what does not follow from the rule."""

    def __init__(self, terms: Event, roots: list[str], checks: Checks, *, whole: bool) -> None:
        self.terms, self.roots, self.checks, self.whole = terms, roots, checks, whole
        self.queues: dict[str, Queue] = {}
        self.order: list[tuple[int, str, str]] = []  # tag, tie and log of each queue with work
        self.times: deque[tuple[float, int]] = deque([(0.0, 0)])  # virtual times, since when
        self.emptied: Counter[str] = Counter()  # how many queues each decision found empty
        self.asked: dict[tuple[str, str], tuple[Entry, bool, bool]] = {}  # who must say why
        self.conflicts: dict[str, tuple[str, str, int]] = {}  # whose, with which party, for days
        self.seen: dict[tuple[str, str], date] = {}  # when somebody last saw something of whom
        self.rivals: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
        self.unnoted: set[str] = set()  # logs with work that do not stand in the order
        self.epoch, self.changed_at, self.race = 0, 0.0, RACE_SECONDS
        self.steps = {"assignment.leased": self._leased, "queue.noted": self._noted}
        self.steps |= {"queue.emptied": self._emptied, "queue.passed": self._passed}

    def run(self, entries: list[Entry]) -> None:
        """Follow all entries; no decision may have passed a queue over without a word."""
        for entry in entries:
            queue, event = self.queues.setdefault(entry.log, Queue(entry.log)), entry.event
            if event["kind"] in self.steps:
                self.steps[event["kind"]](queue, entry, event)
            self._follow(queue, entry, event)
            is_unnoted = queue.count[0] > 0 and not queue.has_open
            (self.unnoted.add if is_unnoted else self.unnoted.discard)(queue.log)
        for (_, log), (entry, *_) in self.asked.items():
            self._that("no envy", entry, False, f"{log} stood before it, and no word says why")

    def _leased(self, queue: Queue, entry: Entry, event: Event) -> None:
        rule, has_step = self.terms, event["has_competition"]
        for key, expected in (("rule", rule["rule"]), ("weight", queue.weight)):
            self._same("rule and weights", entry, key, expected)
        self._at_its_time(entry)
        stood, place = (queue.tag, queue.tie), (event["tag_seen"], event["tie"])
        raced = any(at == place for until, at in queue.places if self._raced(entry, until))
        self._that("tags", entry, place == stood, f"it stood at {stood}, not {place}", raced)
        contest = len(self.order) + self.emptied[event["decision_id"]] > 1
        self._same("tags", entry, "has_competition", contest, self._raced(entry, self.changed_at))
        step = -(-rule["cost"] * rule["tag_unit"] // queue.weight) if has_step else 0
        least = event["virtual_time"] - rule["horizon_assignments"] * step
        start = max(queue.tag, place[0], least) if step else place[0]
        self._same("tags", entry, "tag", start)
        self._same("tags", entry, "tag_after", start + step)
        self._that("walls", entry, not self.is_walled(entry, queue), "its annotator was walled off")
        self._require_words(queue, entry, place)
        for log in self.unnoted:
            raced = self._raced(entry, self.queues[log].opened_at)
            self._that("work in the queue", entry, False, f"{log} has work and no place", raced)
        queue.lent[event["assignment_id"]] = pair = (event["task_id"], event["annotator_id"])
        queue.had |= {pair}
        queue.ahead |= {} if event["shown"] else {event["assignment_id"]: event["annotator_id"]}
        if event["purpose"] == "live":
            self._open(queue, event["task_id"], int(event["review"]), -1)
            holds = min(queue.count) >= 0 or not self.whole
            self._that("work in the queue", entry, holds, f"more was lent than open: {queue.count}")
        if step:
            tie = sha256(f"{self.roots[event['epoch']]}{queue.handle}".encode()).hex()
            self._move(queue, entry.time, event["tag_after"], tie)
            if start > self.times[-1][1]:
                self.times.append((entry.time, start))

    def _require_words(self, queue: Queue, entry: Entry, place: tuple[int, str]) -> None:
        """Whoever stood before the queue that was served is told why it was not served."""
        event = entry.event
        who, reviewer = event["annotator_id"], event["reviewer"]
        for tag, tie, log in self.order[: bisect.bisect_left(self.order, (*place, ""))]:
            other = self.queues[log]
            if other is queue or not other.has(reviewer) or self.is_walled(entry, other):
                continue
            if not self._raced(entry, other.noted_at) or other.places[-1][1] == (tag, tie):
                paused = any(one == who for one, _ in other.paused)
                self.asked[event["decision_id"], log] = entry, other.takes(who, reviewer), paused
        self._that("no envy", entry, True, "")

    def _passed(self, queue: Queue, entry: Entry, event: Event) -> None:
        asked = self.asked.pop((event["decision_id"], queue.log), (entry, False, True))
        holds = {"had": not (asked[1] and self.whole), "paused": asked[2] or not self.whole}
        words = f"to be passed over, it was not “{event['reason']}”"
        self._that("no envy", entry, holds.get(event["reason"], True), words)

    def _noted(self, queue: Queue, entry: Entry, event: Event) -> None:
        self._at_its_time(entry)
        waits, is_first = queue.has(reviewer=True), not (queue.handle or self.whole)
        queue.handle = queue.handle or event["handle"]
        self._same("ties", entry, "handle", queue.handle)
        tag = queue.tag if waits else max(queue.tag, event["virtual_time"])
        self._same("tags", entry, "tag", max(tag, event["tag"]) if is_first else tag)
        tie = sha256(f"{self.roots[event['epoch']]}{queue.handle}".encode()).hex()
        self._same("ties", entry, "tie", queue.tie if waits else tie)
        queue.noted_at = entry.time
        self._move(queue, entry.time, event["tag"], event["tie"], event)

    def _emptied(self, queue: Queue, entry: Entry, event: Event) -> None:
        lost = queue.has_open > event["has_open"] and queue.count[0] > 0
        lost |= queue.has_reviews > event["has_reviews"] and queue.count[1] > 0
        self._that("work in the queue", entry, not lost, f"emptied with {queue.count} open")
        self._move(queue, entry.time, queue.tag, queue.tie, event)
        self.emptied[event["decision_id"]] += not queue.has(reviewer=True)

    def _follow(self, queue: Queue, entry: Entry, event: Event) -> None:
        kind, who = event["kind"], event.get("annotator_id", "")
        for review, (opened, withdrawn) in enumerate(KINDS_OF_WORK):
            change = event.get(opened, 0) - event.get(withdrawn, 0)
            queue.opened_at = entry.time if change > 0 else queue.opened_at
            self._open(queue, event.get("task_id", ""), review, change)
        if kind in ENDS and event["assignment_id"] in queue.lent:
            pair = queue.lent.pop(event["assignment_id"])
            queue.had -= {pair} if kind == "assignment.expired" else set()
        if kind in ENDS or kind == "assignment.shown":
            queue.ahead.pop(event["assignment_id"], None)
        if kind == "assignment.shown" or event.get("shown"):
            self.seen[who, queue.log] = date.fromisoformat(entry.event["at"][:10])
        if kind == "annotator.paused":
            queue.paused.add((who, event["project_id"]))
        elif kind == "annotator.resumed":
            queue.paused.discard((who, event["project_id"]))
        elif kind == "tenant.weight_set":
            queue.weight = event["weight"]
        elif kind.startswith(("party.", "conflict.")):
            self._meet(queue, event)

    def _meet(self, queue: Queue, event: Event) -> None:
        if "party_key" in event:
            queue.parties ^= {event["party_key"]}
        elif event["kind"] == "conflict.declared":
            told = (queue.log, event["other_key"], event["cooling_off_days"])
            self.conflicts[event["declaration_id"]] = told
        else:
            self.conflicts.pop(event["declaration_id"], None)
        self.rivals.clear()
        for log, party, days in self.conflicts.values():
            for other in (one.log for one in self.queues.values() if party in one.parties):
                self.rivals[log] |= {(other, days)} - {(log, days)}
                self.rivals[other] |= {(log, days)} - {(other, days)}

    def is_walled(self, entry: Entry, queue: Queue) -> bool:
        """Whether the annotator saw something of a rival, or is about to see what they hold."""
        who, day = entry.event["annotator_id"], date.fromisoformat(entry.event["at"][:10])
        held = {one for one, _ in self.rivals[queue.log] if who in self.queues[one].ahead.values()}
        return self._saw(who, queue.log, day) or not all(self._saw(who, one, day) for one in held)

    def _saw(self, who: str, log: str, day: date) -> bool:
        seen, never = self.seen, date.min
        return any((day - seen.get((who, a), never)).days <= days for a, days in self.rivals[log])

    def _at_its_time(self, entry: Entry) -> None:
        told, of, times = entry.event["virtual_time"], entry.event["epoch"], self.times
        is_new = self.epoch - 2 <= of <= entry.epoch
        self._that("ties", entry, is_new, f"its beacon is of epoch {of}")
        self.epoch = max(self.epoch, of)
        if not self.whole and times[0] == (0.0, 0):
            times[0] = (0.0, told)  # what was served before is not told
        while len(times) > 1 and not self._raced(entry, times[1][0]):
            times.popleft()
        raced = times[0][1] <= told <= times[-1][1]
        self._same("virtual time", entry, "virtual_time", times[-1][1], raced)

    def _open(self, queue: Queue, task: str, review: int, change: int) -> None:
        counts = queue.open.setdefault(task, [0, 0])
        counts[review] += change
        queue.count[review] += change
        if not any(counts):
            del queue.open[task]

    def _move(self, queue: Queue, at: float, tag: int, tie: str, has: Event | None = None) -> None:
        queue.places.append((at, (queue.tag, queue.tie)))
        if queue.has(reviewer=True):
            self.order.remove((queue.tag, queue.tie, queue.log))
        queue.tag, queue.tie = tag, tie
        if has is not None:
            queue.has_open, queue.has_reviews = has["has_open"], has["has_reviews"]
            self.changed_at = at
        if queue.has(reviewer=True):
            bisect.insort(self.order, (tag, tie, queue.log))

    def _raced(self, entry: Entry, then: float) -> bool:
        return then >= entry.time - self.race

    def _same(self, name: str, one: Entry, key: str, expected: object, raced: bool = False) -> None:
        words = f"{key} follows to be {expected}, and is {one.event[key]}"
        self._that(name, one, one.event[key] == expected, words, raced)

    def _that(self, name: str, one: Entry, holds: bool, words: str, raced: bool = False) -> None:
        told = one.event.get("decision_id", one.entry_id)
        self.checks.that(name, holds, f"epoch {one.epoch}, decision {told}: {words}", raced)


# Receipts, and whether the transcript is complete by what each tenant knows.
def problem_of(receipt: Event, data: bytes, key: bytes | None, log: Log) -> str | None:
    """What is wrong with the receipt of a commitment, if anything is."""
    leaf = sha256(b"\x00", data)
    path = [data_of(one) for one in receipt["path"]]
    if root_by(leaf, receipt["index"], receipt["size"] - 1, path) != data_of(receipt["root"]):
        return "its event is not in the private log"
    epoch, slot, blind = data_of(receipt["epoch"]), receipt["slot"], data_of(receipt["blind"])
    if key is not None and blind != hmac.digest(key, b"blind" + epoch[16:24], "sha256"):
        return "the private log stands at another place of the map than its own"
    said = "".join(f"{receipt[one]}\n" for one in ("log", "size", "root")).encode()
    node = sha256(b"\x02", blind, sha256(said))
    for level, sibling in enumerate(map(data_of, receipt["map_path"])):
        node = sha256(b"\x03", *((sibling, node) if slot >> level & 1 else (node, sibling)))
    if node != epoch[64:96] or len(receipt["map_path"]) != 32:
        return "the private log is not in the map of the epoch"
    return None if epoch in log.leaves else "its epoch is not in the public log"


def check_receipts(
    log: Log, files: list[Path], entries: list[Entry], checks: Checks, *, complete: bool
) -> None:
    """Each receipt holds and is in the transcript, and tenants know all decisions about them."""
    told, known = {(one.log, one.commitment) for one in entries}, dict[str, set[bytes]]()
    for path in files:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        key = next((bytes.fromhex(one["key"]) for one in lines if "event" not in one), None)
        for one in (line for line in lines if "event" in line):
            data = sha256(data_of(one["salt"]), one["event"].encode())
            problem, words = problem_of(one, data, key, log), f"{one['log']} {one['index']}"
            checks.that("receipts", problem is None, f"{words}: {problem}")
            known.setdefault(name := one["log"].removeprefix(f"{log.origin}/"), set()).add(data)
            epoch = int.from_bytes(data_of(one["epoch"])[16:24])
            if entries and entries[0].epoch < epoch <= entries[-1].epoch:
                checks.that("complete", (name, data) in told, f"epoch {epoch} leaves out {words}")
    for entry in entries:
        if entry.event["kind"] == "assignment.leased" and (complete or entry.log in known):
            holds = entry.commitment in known.get(entry.log, ())
            words = f"epoch {entry.epoch}: no tenant knows the decision {entry.entry_id}"
            checks.that("known to a tenant", holds, words)


def main(words: list[str] | None = None) -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(description="Check a public log and what belongs to it.")
    for name in ("folder", "--policy", "--transcript"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--receipts", type=Path, action="append", default=[])
    parser.add_argument("--complete", action="store_true")
    asked, checks, entries = parser.parse_args(words), Checks(), list[Entry]()
    try:
        log = Log(asked.folder, asked.policy or asked.folder / "policy", checks)
        if asked.transcript is not None:
            with gzip.open(asked.transcript, "rt", encoding="utf-8") as lines:
                head, *epochs = map(json.loads, lines)
            entries = entries_of(epochs, log, head, checks)
            Replay(head["terms"], log.roots, checks, whole=head["first"] == 0).run(entries)
        check_receipts(log, asked.receipts, entries, checks, complete=asked.complete)
    except OSError as error:
        sys.stdout.write(f"unread {error}\n")
        return 2
    except (ValueError, KeyError, TypeError, IndexError, EOFError, AttributeError) as error:
        checks.that("well formed", False, f"{type(error).__name__} {str(error)[-80:]}")
    for name, (count, raced, faults) in checks.items():
        told = f"{name}: {count:,}, of which {raced:,} at the same moment"
        sys.stdout.write(f"{'FAILED' if faults else 'held  '} {told}\n")
        sys.stdout.writelines(f"       {one}\n" for one in faults[:3])
    return int(any(faults for _, _, faults in checks.values()))


if __name__ == "__main__":
    sys.exit(main())
