"""Statements of verification: what somebody found who checked a public log, under their own key.

    evenhand-verification/1
    <origin>
    <size in decimal>
    <base64 of the root>
    checked <seconds since 1970>
    outcome <held, or failed>
    checks <held> <failed> <not checked>

and, where every decision was replayed from a transcript:

    terms <SHA-256 in hex>
    envy <decisions with justified envy>
    decisions <how many> <of these, at the same moment as others>
    waits <weight in thousandths> <seconds at p50> <at p90> <at p99>

The last two stand there only where they tell of no tenant alone; there is a line of waits for each
class, by its weight. The text is that of a signed note with the one signature of its verifier.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError, Malformed, Unsigned
from evenhand.tlog.fields import number_of
from evenhand.tlog.note import Note
from evenhand.tlog.signatures import SignatureType, SigningKey, VerifierKey, verified

FORMAT = "evenhand-verification/1"
# Some 500 are usual; a log's name may have 255, and there are as many waits as classes of tenants.
STATEMENT_BYTES_MAX = 4096
ORIGIN_BYTES_MAX = 255
WAITS_MAX = 16
_SECONDS = re.compile(r"(0|[1-9][0-9]{0,8})\.[0-9]")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_OUTCOMES = ("failed", "held")


class NotAVerifierKey(LogError):
    """A statement is signed by an Ed25519 key: make one with `evenhand verification key`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long work waited until it was lent, of all tenants of a weight together, in seconds."""

    weight: int
    p50: float
    p90: float
    p99: float

    @property
    def line(self) -> str:
        """The line with its newline; tenths of a second are all that is told."""
        return f"waits {self.weight} {self.p50:.1f} {self.p90:.1f} {self.p99:.1f}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay of every decision found; how many those were, where no tenant is told by it."""

    terms: str
    envy: int
    decisions: int | None = None
    at_same_moment: int | None = None
    waits: Sequence[Waits] = ()

    @property
    def lines(self) -> str:
        """The lines with their newlines."""
        decisions = "" if self.decisions is None else f"{self.decisions} {self.at_same_moment}"
        return "".join(
            (
                f"terms {self.terms}\nenvy {self.envy}\n",
                decisions and f"decisions {decisions}\n",
                *(one.line for one in self.waits),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What was checked of the log that a checkpoint speaks of, when, and what came of it."""

    checkpoint: Checkpoint
    checked_at: int
    held: int
    failed: int
    not_checked: int
    replayed: Replayed | None = None

    @property
    def outcome(self) -> str:
        """`failed` where any check failed, and else `held`."""
        return _OUTCOMES[self.failed == 0]

    @property
    def text(self) -> str:
        """The text that is signed."""
        return (
            f"{FORMAT}\n{self.checkpoint.text}checked {self.checked_at}\noutcome {self.outcome}\n"
            f"checks {self.held} {self.failed} {self.not_checked}\n"
            f"{'' if self.replayed is None else self.replayed.lines}"
        )

    @classmethod
    def parse(cls, text: str) -> "Statement":
        """Read a text; whatever it could not itself have written is refused."""
        lines = _Lines(text)
        if lines.first() != FORMAT:
            raise Malformed(f"This is no statement of verification: it does not begin {FORMAT}.")
        origin, size, root = lines.first(), lines.first(), lines.first()
        if not 1 <= len(origin.encode()) <= ORIGIN_BYTES_MAX:
            raise Malformed(f"A log's name has 1 to {ORIGIN_BYTES_MAX} bytes.")
        (checked_at,) = lines.numbers("checked", 1)
        outcome = lines.words("outcome", 1)[0]
        held, failed, not_checked = lines.numbers("checks", 3)
        found = cls(
            checkpoint=Checkpoint.parse(f"{origin}\n{size}\n{root}\n"),
            checked_at=checked_at,
            held=held,
            failed=failed,
            not_checked=not_checked,
            replayed=_replayed(lines) if lines.are_left else None,
        )
        if outcome != found.outcome:
            raise Malformed(f"With {failed} failed checks the outcome is not “{outcome}”.")
        if found.text != text:
            raise Malformed("The statement is not written as its format asks.")
        return found

    def signed(self, key: SigningKey) -> Note:
        """Sign the statement as whoever has the key."""
        _require_ed25519(key.type)
        note = Note(self.text, (key.sign(self.text, time=self.checked_at),))
        # Nobody signs what no reader takes, whatever a log is called.
        opened(bytes(note), key.verifier_key)
        return note


def opened(data: bytes, key: VerifierKey) -> Statement:
    """Read a statement that the key signed; anything else is refused."""
    _require_ed25519(key.type)
    if len(data) > STATEMENT_BYTES_MAX:
        raise Malformed(f"A statement has at most {STATEMENT_BYTES_MAX:,} bytes.")
    note = Note.parse(data)
    if len(note.signatures) != 1:
        raise Malformed("A statement has one signature, which is that of its verifier.")
    (signature,) = note.signatures
    if (signature.name, signature.key_id) != (key.name, key.key_id):
        raise Unsigned("It is not this key that signed the statement.", signed_by=signature.name)
    verified(note, [key])
    if bytes(note) != data:
        raise Malformed("The note is not written as an encoder writes it.")
    return Statement.parse(note.text)


def _require_ed25519(one: SignatureType) -> None:
    if one is not SignatureType.ED25519:
        raise NotAVerifierKey


class _Lines:
    """Lines that are read from the first to the last."""

    def __init__(self, text: str) -> None:
        self._lines = text.removesuffix("\n").split("\n")

    @property
    def are_left(self) -> bool:
        return bool(self._lines)

    def begins(self, name: str) -> bool:
        return self.are_left and self._lines[0].startswith(f"{name} ")

    def first(self) -> str:
        if not self._lines:
            raise Malformed("The statement ends before everything is said.")
        return self._lines.pop(0)

    def words(self, name: str, count: int) -> list[str]:
        told, *words = self.first().split(" ")
        if told != name or len(words) != count:
            raise Malformed(f"Where “{name}” and {count} words are due, the statement says else.")
        return words

    def numbers(self, name: str, count: int) -> list[int]:
        return [number_of(word, name) for word in self.words(name, count)]


def _replayed(lines: _Lines) -> Replayed:
    terms = lines.words("terms", 1)[0]
    if _DIGEST.fullmatch(terms) is None:
        raise Malformed("The terms are no SHA-256 in hex.")
    (envy,) = lines.numbers("envy", 1)
    decisions = at_same_moment = None
    if lines.begins("decisions"):
        decisions, at_same_moment = lines.numbers("decisions", 2)
        if max(at_same_moment, envy) > decisions:
            raise Malformed("More is told of decisions than there were.")
    waits: list[Waits] = []
    while lines.are_left:
        waits.append(_waits(lines))
    weights = [one.weight for one in waits]
    if weights != sorted(set(weights)) or len(weights) > WAITS_MAX:
        raise Malformed(f"Waits stand by their weights, each once, {WAITS_MAX} at most.")
    return Replayed(
        terms=terms,
        envy=envy,
        decisions=decisions,
        at_same_moment=at_same_moment,
        waits=tuple(waits),
    )


def _waits(lines: _Lines) -> Waits:
    weight, *words = lines.words("waits", 4)
    if not all(_SECONDS.fullmatch(word) for word in words):
        raise Malformed("A wait is not told in seconds and tenths.")
    p50, p90, p99 = map(float, words)
    if not p50 <= p90 <= p99:
        raise Malformed("Of waits, p90 is no less than p50, and p99 no less than p90.")
    return Waits(weight=number_of(weight, "weight"), p50=p50, p90=p90, p99=p99)
