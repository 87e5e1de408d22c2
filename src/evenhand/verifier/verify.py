#!/usr/bin/env python3
"""Check a public log, a transcript of its decisions, and receipts, with nothing but Python.

    python verify.py LOG [--policy FILE] [--transcript FILE] [--receipts FILE]... [--complete]

LOG is a folder with the files of `/log/`. Without --policy its keys are taken from the log itself,
which proves nothing about whose it is. --complete says that the receipts are those of all tenants.
Ends with 0 if all that was checked holds, 1 if something does not, 2 if something cannot be read.
One file of the standard library, to be read from here to the end: signatures (RFC 8032), trees
(RFC 6962), the log (C2SP tlog-tiles), the transcript, the rule, receipts. The formats are told, to
the byte, by docs/receipts.md and docs/transcript.md.
"""

import argparse
import base64
import bisect
import gzip
import hashlib
import hmac
import json
import sys
from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

Event = dict[str, Any]
# What two steps at the same moment may not have seen of each other, and what is entered too late.
RACE_SECONDS, LATE_SECONDS = 1.0, 60.0
SHOWS = {"assignment.shown", "annotation.accepted", "draft.begun", "assignment.renewed"}
ENDS = {"annotation.accepted", "assignment.skipped", "assignment.expired"}
KINDS_OF_WORK = (("opened", "withdrawn"), ("reviews_opened", "reviews_withdrawn"))


class Checks(dict[str, list[Any]]):
    """By name, how often a check was made, how often a race excuses it, and what is wrong."""

    def that(self, name: str, holds: bool, words: str = "", raced: bool = False) -> None:
        """Count a check, and note what is wrong where it does not hold."""
        found = self.setdefault(name, [0, 0, []])
        found[0] += 1
        found[1] += raced and not holds
        if not holds and not raced:
            found[2].append(words)

    def values_of_json(self) -> list[Event]:
        """All checks in the order in which each was first made."""
        names = ("name", "outcome", "checked", "raced", "faults", "problem")
        return [
            dict(zip(names, (name, *_told(*found)), strict=True)) for name, found in self.items()
        ]


def _told(count: int, raced: int, faults: list[str]) -> tuple[object, ...]:
    return "failed" if faults else "held", count, raced, len(faults), next(iter(faults), None)


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
    try:
        right = _added(_point(signature[:32]), _times(challenge, _point(key)))
    except ValueError:
        return False
    left = _times(scalar, BASE)
    return all((left[at] * right[2] - right[at] * left[2]) % P == 0 for at in (0, 1))


# Trees, as RFC 6962 defines them.


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of all parts, one behind the other."""
    return hashlib.sha256(b"".join(parts)).digest()


class Tree:
    """A list that grows: of it only the roots of full subtrees are kept, the largest first."""

    def __init__(self) -> None:
        self.size, self.subtrees = 0, list[bytes]()

    def add(self, data: bytes) -> None:
        """Add a leaf."""
        node, self.size = sha256(b"\x00", data), self.size + 1
        for _ in range((self.size & -self.size).bit_length() - 1):
            node = sha256(b"\x01", self.subtrees.pop(), node)
        self.subtrees.append(node)

    @property
    def root(self) -> bytes:
        """The root of the whole list."""
        node = self.subtrees[-1] if self.subtrees else sha256()
        for left in reversed(self.subtrees[:-1]):
            node = sha256(b"\x01", left, node)
        return node


def root_by(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """To which root a path leads from a leaf's hash, if it fits the tree (RFC 9162, 2.1.3.2)."""
    last = size - 1
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
        keys = [line.split()[1] for line in policy.read_text("utf-8").splitlines() if "log" in line]
        signed = any(self._signed(f"{text}\n", lines, key) for key in keys)
        checks.that("signature", signed, "None of the keys of the policy signed the checkpoint.")
        self.leaves, self.roots, tree = list[bytes](), list[str](), Tree()
        for leaf in self._entries(folder, int(size)):
            number = len(self.leaves)
            is_epoch = len(leaf) == 96 and leaf[:16] == b"evenhand-epoch-1"
            is_next = not self.leaves or leaf[24:32] > self.leaves[-1][24:32]
            holds = is_epoch and is_next and int.from_bytes(leaf[16:24]) == number
            checks.that("epochs in order", holds, f"Entry {number} is not the epoch {number}.")
            self.roots.append(tree.root.hex())
            tree.add(leaf)
            self.leaves.append(leaf)
        words = f"The entries add up to {tree.root.hex()}, and the checkpoint says {root}."
        checks.that("root", tree.root == data_of(root), words)

    def ended(self, epoch: int) -> float:
        """When an epoch ended, in seconds since 1970."""
        return int.from_bytes(self.leaves[epoch][24:32]) / 1e6

    def _signed(self, text: str, lines: str, policy_key: str) -> bool:
        name, key_id, data = policy_key.split("+", 2)
        key, signed = data_of(data), False
        is_right = sha256(f"{name}\n".encode(), key)[:4].hex() == key_id and name == self.origin
        for signer, signature in (line.split(" ")[1:] for line in lines.splitlines()):
            given = data_of(signature)
            if is_right and key[0] == 1 and signer == name and given[:4].hex() == key_id:
                signed |= is_signed(key[1:], text.encode(), given[4:])
        return signed

    @staticmethod
    def _entries(folder: Path, size: int) -> Iterator[bytes]:
        for start in range(0, size, 256):
            digits, width = f"{start // 256:012}", min(256, size - start)
            groups = [digits[at : at + 3] for at in range(0, 12, 3)]
            while len(groups) > 1 and groups[0] == "000":
                groups.pop(0)
            name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
            bundle = (
                folder / "tile/entries" / f"{name}{'' if width == 256 else f'.p/{width}'}"
            ).read_bytes()
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
        """When it was entered, in seconds since 1970, as its id (UUIDv7) tells."""
        return int(self.entry_id[:12], 16) / 1e3 + int(self.entry_id[13:16], 16) / 4096e3


def entries_of(lines: list[Event], log: Log, terms: Event, checks: Checks) -> list[Entry]:
    """All entries in the order in which they were entered, each epoch held against the log."""
    found: list[Entry] = []
    told = sha256(json.dumps(terms, sort_keys=True, separators=(",", ":")).encode()).hex()
    for place, line in enumerate(lines, lines[0]["epoch"] if lines else 0):
        epoch, record, tree = line["epoch"], json.loads(line["record"]), Tree()
        said = sha256(data_of(line["salt"]), line["record"].encode())
        holds = bool(epoch == place < len(log.leaves) and said == log.leaves[epoch][32:64])
        checks.that("transcript", holds, f"Epoch {epoch} at {place} is not that of the log.")
        if not holds:
            return found
        checks.that("terms", record["terms"] == told, f"Epoch {epoch} went by other terms.")
        for whose, entry_id, event, salt in line["entries"]:
            commitment = sha256(data_of(salt), event.encode())
            tree.add(bytes.fromhex(entry_id) + commitment)
            entry = Entry(entry_id, whose, epoch, json.loads(event), commitment)
            late = log.ended(max(0, epoch - 1)) - entry.time
            words = f"Epoch {epoch}: {entry_id} was entered {late:.0f} s before the epoch began."
            checks.that("entered in time", late < LATE_SECONDS, words)
            found.append(entry)
        counted = (tree.root.hex(), tree.size) == (record["order"], record["entries"])
        checks.that("entries", counted, f"Epoch {epoch} has others than its record says.")
    return sorted(found, key=lambda entry: entry.entry_id)


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
        self.holds: Counter[tuple[str, str]] = Counter()
        self.epoch, self.changed_at, self.race = 0, 0.0, RACE_SECONDS

    def take(self, entry: Entry) -> None:
        """Follow one entry, and check it if it is part of a decision."""
        queue, event = self.queues.setdefault(entry.log, Queue(entry.log)), entry.event
        if event["kind"] == "assignment.leased":
            self._leased(queue, entry, event)
        elif event["kind"] == "queue.noted":
            self._noted(queue, entry, event)
        elif event["kind"] == "queue.emptied":
            self._emptied(queue, entry, event)
        elif event["kind"] == "queue.passed":
            self._passed(queue, entry, event)
        self._follow(queue, entry, event)
        self._follow_walls(queue, event)

    def finish(self) -> None:
        """No decision may have passed a queue over without a word."""
        for (_, log), (entry, *_) in self.asked.items():
            self._that("no envy", entry, False, f"{log} stood before it, and no word says why")

    def _leased(self, queue: Queue, entry: Entry, event: Event) -> None:
        rule, has_step = self.terms, event["has_competition"]
        self._same("rule and weights", entry, "rule", rule["rule"])
        self._same("rule and weights", entry, "weight", queue.weight)
        self._at_its_time(entry)
        stood, place = (queue.tag, queue.tie), (event["tag_seen"], event["tie"])
        raced = any(at == place for until, at in queue.places if self._raced(entry, until))
        self._that("tags", entry, place == stood, f"it stood at {stood}, not {place}", raced)
        contest = len(self.order) + self.emptied[event["decision_id"]] > 1
        words = f"has_competition follows to be {contest}, and is {has_step}"
        self._that("tags", entry, contest == has_step, words, self._raced(entry, self.changed_at))
        step = -(-rule["cost"] * rule["tag_unit"] // queue.weight) if has_step else 0
        least = event["virtual_time"] - rule["horizon_assignments"] * step
        start = max(queue.tag, place[0], least) if step else place[0]
        self._same("tags", entry, "tag", start)
        self._same("tags", entry, "tag_after", start + step)
        walled = self._is_walled(event["annotator_id"], queue, event)
        self._that("walls", entry, not walled, f"its annotator was walled off from {queue.log}")
        self._require_words(queue, entry, event, place)
        self._lend(queue, entry, event)
        if step:
            self._move(queue, entry, event["tag_after"], self._tie(queue, event["epoch"]))
            if start > self.times[-1][1]:
                self.times.append((entry.time, start))

    def _require_words(
        self, queue: Queue, entry: Entry, event: Event, place: tuple[int, str]
    ) -> None:
        """Whoever stood before the queue that was served is told why it was not served."""
        who, reviewer = event["annotator_id"], event["reviewer"]
        for tag, tie, log in self.order[: bisect.bisect_left(self.order, (*place, ""))]:
            other = self.queues[log]
            is_walled = self._is_walled(who, other, event)
            if other is queue or not other.has(reviewer) or is_walled:
                continue
            if not self._raced(entry, other.noted_at) or other.places[-1][1] == (tag, tie):
                paused = any(one == who for one, _ in other.paused)
                facts = (entry, other.takes(who, reviewer), paused)
                self.asked[event["decision_id"], log] = facts
        self._that("no envy", entry, holds=True)

    def _passed(self, queue: Queue, entry: Entry, event: Event) -> None:
        asked = self.asked.pop((event["decision_id"], queue.log), (entry, False, True))
        holds = {"had": not asked[1] or not self.whole, "paused": asked[2]}
        words = f"{queue.log} was passed over as “{event['reason']}”, which it was not"
        self._that("no envy", entry, holds.get(event["reason"], True), words)

    def _noted(self, queue: Queue, entry: Entry, event: Event) -> None:
        self._at_its_time(entry)
        waits, is_first = queue.has(reviewer=True), not (queue.handle or self.whole)
        queue.handle = queue.handle or event["handle"]
        self._same("ties", entry, "handle", queue.handle)
        tag = queue.tag if waits else max(queue.tag, event["virtual_time"])
        self._same("tags", entry, "tag", max(tag, event["tag"]) if is_first else tag)
        tie = queue.tie if waits else self._tie(queue, event["epoch"])
        self._same("ties", entry, "tie", tie)
        queue.noted_at = entry.time
        self._move(queue, entry, event["tag"], tie, event)

    def _emptied(self, queue: Queue, entry: Entry, event: Event) -> None:
        gone = (queue.has_open > event["has_open"], queue.has_reviews > event["has_reviews"])
        lost = any(went and left > 0 for went, left in zip(gone, queue.count, strict=True))
        words = f"{queue.log} was taken out of the order with {queue.count} open"
        self._that("work in the queue", entry, not lost, words)
        self._move(queue, entry, queue.tag, queue.tie, event)
        self.emptied[event["decision_id"]] += not queue.has(reviewer=True)

    def _lend(self, queue: Queue, entry: Entry, event: Event) -> None:
        for other in self.queues.values():
            words = f"{other.log} has {other.count[0]} open, and is not in the order"
            waits = other.count[0] > 0 and not other.has_open
            raced = self._raced(entry, other.opened_at)
            self._that("work in the queue", entry, not waits, words, raced)
        queue.lent[event["assignment_id"]] = pair = (event["task_id"], event["annotator_id"])
        queue.had.add(pair)
        self.holds[event["annotator_id"], queue.log] += 1
        if event["purpose"] == "live":
            self._open(queue, event["task_id"], int(event["review"]), -1)
            holds = min(queue.count) >= 0 or not self.whole
            words = f"{queue.log} lent more than it had open: {queue.count} are left"
            self._that("work in the queue", entry, holds, words)

    def _follow(self, queue: Queue, entry: Entry, event: Event) -> None:
        kind, who = event["kind"], event.get("annotator_id", "")
        for review, (opened, withdrawn) in enumerate(KINDS_OF_WORK):
            change = event.get(opened, 0) - event.get(withdrawn, 0)
            queue.opened_at = entry.time if change > 0 else queue.opened_at
            self._open(queue, event.get("task_id", ""), review, change)
        if kind == "annotator.paused":
            queue.paused.add((who, event["project_id"]))
        elif kind == "annotator.resumed":
            queue.paused.discard((who, event["project_id"]))
        if kind in ENDS and event["assignment_id"] in queue.lent:
            task, holder = queue.lent.pop(event["assignment_id"])
            self.holds[holder, queue.log] -= 1
            queue.had -= {(task, holder)} if kind == "assignment.expired" else set()
        if kind in SHOWS or event.get("shown"):
            self.seen[who, queue.log] = _day(event)

    def _follow_walls(self, queue: Queue, event: Event) -> None:
        match event["kind"]:
            case "tenant.weight_set":
                queue.weight = event["weight"]
            case "party.added":
                queue.parties.add(event["party_key"])
            case "party.removed":
                queue.parties.discard(event["party_key"])
            case "conflict.declared":
                told = (queue.log, event["other_key"], event["cooling_off_days"])
                self.conflicts[event["declaration_id"]] = told
            case "conflict.withdrawn":
                self.conflicts.pop(event["declaration_id"], None)
            case _:
                pass

    def _is_walled(self, who: str, queue: Queue, event: Event) -> bool:
        for log, party, days in self.conflicts.values():
            others = [log] if party in queue.parties else []
            if log == queue.log:
                others = [one.log for one in self.queues.values() if party in one.parties]
            for other in others:
                is_recent = (_day(event) - self.seen.get((who, other), date.min)).days <= days
                if other != queue.log and (is_recent or self.holds[who, other] > 0):
                    return True
        return False

    def _at_its_time(self, entry: Entry) -> None:
        told, of, times = entry.event["virtual_time"], entry.event["epoch"], self.times
        is_new = self.epoch - 2 <= of <= entry.epoch
        self._that("ties", entry, is_new, f"its beacon is that of epoch {of}")
        self.epoch = max(self.epoch, of)
        while len(times) > 1 and not self._raced(entry, times[1][0]):
            times.popleft()
        words = f"virtual_time follows to be {times[-1][1]}, and is {told}"
        raced = times[0][1] <= told <= times[-1][1]
        self._that("virtual time", entry, told == times[-1][1], words, raced)

    def _open(self, queue: Queue, task: str, review: int, change: int) -> None:
        counts = queue.open.setdefault(task, [0, 0])
        counts[review] += change
        queue.count[review] += change
        if not any(counts):
            del queue.open[task]

    def _move(
        self, queue: Queue, entry: Entry, tag: int, tie: str, has: Event | None = None
    ) -> None:
        queue.places.append((entry.time, (queue.tag, queue.tie)))
        if queue.has(reviewer=True):
            self.order.remove((queue.tag, queue.tie, queue.log))
        queue.tag, queue.tie = tag, tie
        if has is not None:
            queue.has_open, queue.has_reviews = has["has_open"], has["has_reviews"]
            self.changed_at = entry.time
        if queue.has(reviewer=True):
            bisect.insort(self.order, (tag, tie, queue.log))

    def _tie(self, queue: Queue, epoch: int) -> str:
        beacon = self.roots[epoch] if 0 <= epoch < len(self.roots) else "unknown"
        return hashlib.sha256(f"{beacon}{queue.handle}".encode()).hexdigest()

    def _raced(self, entry: Entry, then: float) -> bool:
        return then >= entry.time - self.race

    def _same(self, name: str, entry: Entry, member: str, expected: object) -> None:
        found = entry.event[member]
        self._that(
            name, entry, found == expected, f"{member} follows to be {expected}, and is {found}"
        )

    def _that(
        self, name: str, entry: Entry, holds: bool, words: str = "", raced: bool = False
    ) -> None:
        decision = entry.event.get("decision_id", entry.entry_id)
        told = f"epoch {entry.epoch}, decision {decision}: {words}"
        self.checks.that(name, holds, told, raced)


def _day(event: Event) -> date:
    return datetime.fromisoformat(event["at"]).astimezone(UTC).date()


# Receipts, and whether the transcript is complete by what each tenant knows.


def problem_of(receipt: Event, key: bytes | None, log: Log) -> str | None:
    """What is wrong with a receipt, if anything is."""
    leaf = sha256(b"\x00", commitment_of(receipt))
    path = [data_of(one) for one in receipt["path"]]
    if root_by(leaf, receipt["index"], receipt["size"], path) != data_of(receipt["root"]):
        return "its event is not in the private log"
    epoch, slot, blind = data_of(receipt["epoch"]), receipt["slot"], data_of(receipt["blind"])
    number = epoch[16:24]
    if key is not None and blind != hmac.digest(key, b"blind" + number, "sha256"):
        return "the private log stands at another place of the map than its own"
    said = "".join(f"{receipt[one]}\n" for one in ("log", "size", "root")).encode()
    node = sha256(b"\x02", blind, sha256(said))
    for level, sibling in enumerate(map(data_of, receipt["map_path"])):
        node = sha256(b"\x03", *((sibling, node) if slot >> level & 1 else (node, sibling)))
    if node != epoch[64:96] or len(receipt["map_path"]) != 32:
        return "the private log is not in the map of the epoch"
    is_there = log.leaves[int.from_bytes(number) :][:1] == [epoch]
    return None if is_there else "its epoch is not in the public log"


def commitment_of(receipt: Event) -> bytes:
    """What the private log holds of an event."""
    return sha256(data_of(receipt["salt"]), receipt["event"].encode())


def check_receipts(
    files: list[Path], log: Log, entries: list[Entry], checks: Checks, *, complete: bool
) -> None:
    """Each receipt holds and is in the transcript, and each decision is known to its tenant."""
    told = {(entry.log, entry.commitment) for entry in entries}
    first = min((entry.epoch for entry in entries), default=len(log.leaves))
    known: dict[str, set[bytes]] = {}
    for path in files:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        key = next((bytes.fromhex(one["key"]) for one in lines if "event" not in one), None)
        for one in (line for line in lines if "event" in line):
            words = f"Receipt {one['index']} of {one['log']}: {problem_of(one, key, log)}."
            checks.that("receipts", problem_of(one, key, log) is None, words)
            name = one["log"].removeprefix(f"{log.origin}/")
            known.setdefault(name, set()).add(commitment_of(one))
            if int.from_bytes(data_of(one["epoch"])[16:24]) > first:
                words = f"Receipt {one['index']} of {one['log']} is not in the transcript."
                checks.that("complete", (name, commitment_of(one)) in told, words)
    for entry in entries:
        if entry.event["kind"] == "assignment.leased" and (complete or entry.log in known):
            words = f"Epoch {entry.epoch}: no tenant knows the decision {entry.entry_id}."
            checks.that("known to a tenant", entry.commitment in known.get(entry.log, ()), words)


def main() -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(description="Check a public log and what belongs to it.")
    parser.add_argument("log", type=Path)
    parser.add_argument("--policy", type=Path)
    parser.add_argument("--transcript", type=Path)
    parser.add_argument("--receipts", type=Path, action="append", default=[])
    parser.add_argument("--complete", action="store_true")
    asked, checks, entries = parser.parse_args(), Checks(), list[Entry]()
    try:
        log = Log(asked.log, asked.policy or asked.log / "policy", checks)
        if asked.transcript is not None:
            with gzip.open(asked.transcript, "rt", encoding="utf-8") as lines:
                head, *epochs = map(json.loads, lines)
            entries = entries_of(epochs, log, head["terms"], checks)
            replay = Replay(head["terms"], log.roots, checks, whole=head["first"] == 0)
            for entry in entries:
                replay.take(entry)
            replay.finish()
        check_receipts(asked.receipts, log, entries, checks, complete=asked.complete)
    except (OSError, EOFError) as error:
        sys.stdout.write(f"unread: {error}\n")
        return 2
    except (ValueError, KeyError, TypeError, IndexError) as error:
        sys.stdout.write(f"failed: malformed: {error!r}\n")
        return 1
    for one in checks.values_of_json():
        told = f" ({one['raced']} at the same moment)" if one["raced"] else ""
        sys.stdout.write(f"{one['outcome']:6} {one['name']}: {one['checked']:,}{told}\n")
        if one["problem"]:
            sys.stdout.write(f"       {one['problem']} ({one['faults']} in all)\n")
    return int(any(found[2] for found in checks.values()))


if __name__ == "__main__":
    sys.exit(main())
