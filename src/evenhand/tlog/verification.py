"""A log checked by somebody who has its files and a policy, and believes nothing else.

Every entry is hashed again, every tile computed again and compared, and what it all adds up to
held against a checkpoint that the policy accepts. Each file is read once, so that a server gains
nothing by giving other bytes the second time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import (
    Forked,
    LogError,
    Malformed,
    Missing,
    NoQuorum,
    Unproven,
    Unreachable,
)
from evenhand.tlog.note import Note
from evenhand.tlog.policy import NO_WITNESSES, Policy, Trusted
from evenhand.tlog.reading import LogReader, Read, entries_in, hashes_in
from evenhand.tlog.tiles import (
    CHECKPOINT,
    ENTRIES,
    WIDTH,
    count_at,
    subtree_root,
    tile_at,
)

CONTINUES = "continues the checkpoint"


class Outcome(Enum):
    """What became of a check."""

    HELD = "held"
    FAILED = "failed"
    UNREAD = "unread"  # a file that it needs is not there


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and in a sentence what is wrong with it, if anything is."""

    name: str
    outcome: Outcome = Outcome.HELD
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LogReport:
    """What was found of a log: without `trusted`, nothing beyond its checkpoint was looked at."""

    checks: tuple[Check, ...]
    trusted: Trusted | None = None

    @property
    def outcome(self) -> Outcome:
        """The worst of all: failed before unread before held."""
        outcomes = {check.outcome for check in self.checks}
        return next(
            (one for one in (Outcome.FAILED, Outcome.UNREAD) if one in outcomes), Outcome.HELD
        )


def published(read: Read) -> Note:
    """The checkpoint that a log shows."""
    return Note.parse(read(CHECKPOINT))


def verify_log(
    read: Read,
    policy: Policy,
    *,
    earlier: Sequence[Checkpoint] = (),
    told: Callable[[int], None] | None = None,
) -> LogReport:
    """Check a whole log, and that it continues checkpoints that somebody kept.

    `told` hears how many entries have been checked so far.
    """
    checks: list[Check] = []
    try:
        trusted = policy.judged(published(read))
    except LogError as error:
        return LogReport((_failed("signature", error),))
    checks.append(Check("signature"))
    # Where none is asked for, nothing is said of it: that it held would sound like more.
    if policy.quorum != NO_WITNESSES:
        checks.append(_quorum(policy, trusted))
    tally = _Tally(read, trusted.checkpoint, {one.size for one in earlier})
    try:
        tally.run(told or (lambda _: None))
    except LogError as error:
        return LogReport((*checks, _failed("entries and tiles", error)), trusted)
    checks.append(Check("entries and tiles"))
    checks.append(_attempt("root", lambda: tally.require_root(trusted.checkpoint)))
    for one in earlier:
        name = f"{CONTINUES} of {one.size}"
        checks.append(_attempt(name, lambda one=one: _require_begun(one, trusted, tally)))
    return LogReport(tuple(checks), trusted)


def require_one_history(one: Checkpoint, other: Checkpoint, read: Read) -> None:
    """Refuse two checkpoints of a log of which neither continues the other, by its tiles."""
    if one.origin != other.origin:
        raise Malformed("The two checkpoints are of different logs.")
    old, new = sorted((one, other), key=lambda checkpoint: checkpoint.size)
    path: list[bytes] = []
    if old.size != new.size:
        path = LogReader(read, new.size).consistency_path(old.size)
    try:
        tree.verify_consistency(old.size, new.size, old_root=old.root, new_root=new.root, path=path)
    except Unproven as error:
        raise Forked(origin=one.origin, sizes=f"{old.size} and {new.size}") from error


class _Tally:
    """Entries counted up into tiles and roots."""

    def __init__(self, read: Read, checkpoint: Checkpoint, noted: set[int]) -> None:
        self._read = read
        self._size = checkpoint.size
        self._noted = noted
        # What the log added up to at each size that is asked for.
        self.roots = {0: tree.EMPTY_ROOT}
        # Of full tiles, which are subtrees as leaves are: the frontier of the log so far.
        self._frontier: list[bytes] = []
        # Hashes for a tile of each level from 1 on that is not full yet.
        self._rows: list[list[bytes]] = []

    def run(self, told: Callable[[int], None]) -> None:
        for index, start in enumerate(range(0, self._size, WIDTH)):
            leaves = self._leaves(index)
            self._note_roots(start, leaves)
            if len(leaves) == WIDTH:
                self._rise(index, subtree_root(leaves))
            told(start + len(leaves))
        for level, row in enumerate(self._rows, 1):
            if row:
                self._require_tile(level, count_at(level, self._size) // WIDTH, row)

    def require_root(self, checkpoint: Checkpoint) -> None:
        if self.roots[checkpoint.size] != checkpoint.root:
            raise Unproven(
                f"The {checkpoint.size} entries add up to another root than the checkpoint says.",
                computed=self.roots[checkpoint.size].hex(),
                said=checkpoint.root.hex(),
            )

    def _leaves(self, index: int) -> list[bytes]:
        bundle = tile_at(ENTRIES, index, self._size)
        entries = entries_in(self._read, bundle)
        leaves = [tree.leaf_hash(entry) for entry in entries]
        self._require_tile(0, index, leaves)
        return leaves

    def _note_roots(self, start: int, leaves: list[bytes]) -> None:
        for size in {*self._noted, self._size}:
            if start < size <= start + len(leaves):
                edge = tree.extend([], 0, leaves[: size - start])
                self.roots[size] = tree.root_of([*self._frontier, *edge])

    def _rise(self, index: int, root: bytes) -> None:
        self._frontier = tree.extend(self._frontier, index, [root])
        for level in range(1, len(self._rows) + 2):
            if level > len(self._rows):
                self._rows.append([])
            row = self._rows[level - 1]
            row.append(root)
            if len(row) < WIDTH:
                return
            index //= WIDTH
            self._require_tile(level, index, row)
            root = subtree_root(row)
            row.clear()

    def _require_tile(self, level: int, index: int, computed: list[bytes]) -> None:
        tile = tile_at(level, index, self._size)
        found = hashes_in(self._read, tile)
        if found == computed:
            return
        at = next(
            at for at, pair in enumerate(zip(found, computed, strict=True)) if len({*pair}) > 1
        )
        raise Unproven(
            "A hash in a tile is not that of what lies below it.",
            path=tile.path,
            index=index * WIDTH + at,
            computed=computed[at].hex(),
            found=found[at].hex(),
        )


def _quorum(policy: Policy, trusted: Trusted) -> Check:
    if trusted.has_quorum:
        return Check("quorum")
    names = ", ".join(trusted.witnesses) or "none"
    return _failed("quorum", NoQuorum(quorum=policy.quorum, cosigned=names))


def _require_begun(earlier: Checkpoint, trusted: Trusted, tally: _Tally) -> None:
    if earlier.origin != trusted.checkpoint.origin:
        raise Malformed("The earlier checkpoint is of another log.", origin=earlier.origin)
    if earlier.size > trusted.checkpoint.size:
        raise Forked("The log is shorter than it was.", size=trusted.checkpoint.size)
    tally.require_root(earlier)


def _attempt(name: str, check: Callable[[], None]) -> Check:
    try:
        check()
    except LogError as error:
        return _failed(name, error)
    return Check(name)


def _failed(name: str, error: LogError) -> Check:
    unread = isinstance(error, Missing | Unreachable)
    return Check(name, Outcome.UNREAD if unread else Outcome.FAILED, str(error))
