"""All checks of a log and of receipts, one after the other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evenhand.receipts.epoch import Epoch, NotAnEpoch
from evenhand.receipts.opening import commitment
from evenhand.receipts.receipt import Receipt
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError, Malformed
from evenhand.tlog.note import Note
from evenhand.tlog.policy import NO_WITNESSES, Policy, Trusted
from evenhand.tlog.reading import Read
from evenhand.tlog.tiles import unbundled
from evenhand.tlog.verification import CONTINUES, Check, Outcome, verify_log
from evenhand.verifier.receipts_file import ReceiptsFile
from evenhand.verifier.transcripts import Transcribed
from evenhand.verifier.turns import OwnTurns, own_turns

_BUNDLES = "tile/entries/"
_NO_TRANSCRIPT = (
    "Whether work went out by the published rule: give --transcript, which an auditor gets from "
    "the operator (`evenhand log transcript`)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was checked, what it was checked against, and what could not be without another file.

    Some of the checks are those `of_receipts`, and some of what was not checked is what receipts
    left `untold`: how many these are tells how many tenants' receipts somebody has.
    """

    checks: Sequence[Check]
    unchecked: Sequence[str]
    trusted: Trusted | None
    epochs: Sequence[datetime]
    kinds: dict[str, int]
    own: Sequence[OwnTurns] = ()
    of_receipts: Sequence[Check] = ()
    untold: Sequence[str] = ()
    transcribed: Transcribed | None = None

    @property
    def outcome(self) -> Outcome:
        """The worst of all: failed before unread before held."""
        outcomes = {check.outcome for check in self.checks}
        return next(
            (one for one in (Outcome.FAILED, Outcome.UNREAD) if one in outcomes), Outcome.HELD
        )


def check(
    read: Read,
    policy: Policy,
    *,
    kept: Sequence[ReceiptsFile] = (),
    transcript: Callable[[Sequence[bytes], str], Transcribed] | None = None,
    earlier: Sequence[Checkpoint] = (),
    is_given: bool = True,
) -> Report:
    """Check a public log, that it continues what somebody kept, receipts of it and a transcript.

    `is_given` says whether the policy comes from elsewhere than from the log itself. A transcript
    is checked, as `check_transcript` does, against the epochs of a log of this origin.
    """
    epochs = _Epochs(read)
    receipts = [receipt for file in kept for receipt in file.receipts]
    seen = {_checkpoint_of(one) for one in receipts}
    log = verify_log(epochs.read, policy, earlier=[*earlier, *seen])
    checks = [*_together(log.checks, receipts=len({one.size for one in seen}))]
    if log.trusted is not None:
        checks.append(epochs.check(log.trusted.checkpoint.size))
    of_receipts = [one for file in kept for one in _of_receipts(file, policy)]
    own, untold = _own(kept, epochs.leaves)
    of_receipts += [one for turns in own for one in turns.checks]
    checks += of_receipts
    transcribed = None
    if transcript is not None and log.trusted is not None:
        transcribed = transcript(epochs.leaves, log.trusted.checkpoint.origin)
        checks += transcribed.checks
    return Report(
        checks=checks,
        unchecked=[
            *_unchecked(policy, kept, earlier, is_given=is_given),
            *untold,
            *([] if transcribed else [_NO_TRANSCRIPT]),
        ],
        trusted=log.trusted,
        epochs=epochs.at,
        kinds=_kinds(receipts),
        own=own,
        of_receipts=of_receipts,
        untold=untold,
        transcribed=transcribed,
    )


def _together(checks: Sequence[Check], *, receipts: int) -> Iterator[Check]:
    """The checks of a log, of which those of the checkpoints of receipts are one where all hold."""
    continued = [one for one in checks if one.name.startswith(CONTINUES)]
    if receipts < 2 or any(one.outcome is not Outcome.HELD for one in continued):
        yield from checks
        return
    yield from (one for one in checks if one not in continued)
    yield Check(f"{CONTINUES}s of {len(continued)} earlier days or receipts")


@dataclass(slots=True)
class _Epochs:
    """Reads a log's files, each once, and looks at the entries on their way."""

    source: Read
    at: list[datetime] = field(default_factory=list[datetime], init=False)
    leaves: list[bytes] = field(default_factory=list[bytes], init=False)
    _problem: str | None = field(default=None, init=False)
    _count: int = field(default=0, init=False)

    def read(self, path: str) -> bytes:
        data = self.source(path)
        if path.startswith(_BUNDLES):
            self._look(data)
        return data

    def check(self, size: int) -> Check:
        name = "epochs in order, one a place"
        if self._problem is not None:
            return Check(name, Outcome.FAILED, self._problem)
        if self._count < size:
            told = f"Of {size:,} epochs only {self._count:,} could be read."
            return Check(name, Outcome.UNREAD, told)
        return Check(name)

    def _look(self, data: bytes) -> None:
        if self._problem is not None:
            return
        try:
            for leaf in unbundled(data):
                self._take(Epoch.parse(leaf))
                self.leaves.append(leaf)
        except (NotAnEpoch, Malformed) as error:
            self._problem = f"At {self._count}: {error}"

    def _take(self, epoch: Epoch) -> None:
        if epoch.number != self._count:
            raise NotAnEpoch(f"the epoch there says that it is number {epoch.number}.")
        if self.at and epoch.at <= self.at[-1]:
            raise NotAnEpoch(f"it ended at {epoch.at}, not after the one before it.")
        self.at.append(epoch.at)
        self._count += 1


@dataclass(frozen=True)
class _Remembering(Policy):
    """The policy, which judges a checkpoint once: thousands of receipts may be under the same."""

    seen: dict[bytes, Trusted] = field(default_factory=dict[bytes, Trusted])

    def judged(self, note: Note) -> Trusted:
        key = bytes(note)
        if key not in self.seen:
            self.seen[key] = Policy.judged(self, note)
        return self.seen[key]


def _of_receipts(kept: ReceiptsFile, policy: Policy) -> list[Check]:
    policy = _Remembering(policy.logs, policy.witnesses, policy.groups, policy.quorum)
    problems: list[str] = []
    for receipt in kept.receipts:
        try:
            receipt.verify(policy, key=kept.key)
        except LogError as error:
            problems.append(f"{receipt.log.origin} {receipt.index}: {error}")
    name = f"{len(kept.receipts):,} receipts"
    if problems:
        more = f" ({len(problems):,} do not hold)" if len(problems) > 1 else ""
        return [Check(name, Outcome.FAILED, f"{problems[0]}{more}")]
    return [Check(name), *_of_whole_logs(kept.receipts)]


def _own(kept: Sequence[ReceiptsFile], leaves: Sequence[bytes]) -> tuple[list[OwnTurns], list[str]]:
    """What receipts say of each tenant's turns, and of which they do not say enough."""
    found: list[OwnTurns] = []
    left: list[str] = []
    receipts = [receipt for file in kept for receipt in file.receipts]
    for origin in sorted({one.log.origin for one in receipts}):
        try:
            turns = own_turns([one for one in receipts if one.log.origin == origin], leaves)
        except Malformed as error:
            left.append(f"Whether {origin} got its turns by the rule: {error}")
            continue
        if turns is None:
            left.append(f"Whether {origin} got its turns by the rule: give receipts of all of it.")
        else:
            found.append(turns)
    return found, left


def _of_whole_logs(receipts: Sequence[Receipt]) -> list[Check]:
    """Where receipts are those of all entries from the first, that the log never changed."""
    checks: list[Check] = []
    for origin in sorted({one.log.origin for one in receipts}):
        of_log = {one.index: one for one in receipts if one.log.origin == origin}
        if set(of_log) != set(range(len(of_log))):
            continue
        name = f"all {len(of_log):,} entries of {origin} from the first on"
        problem = _rewritten(of_log)
        outcome = Outcome.HELD if problem is None else Outcome.FAILED
        checks.append(Check(name, outcome, problem))
    return checks


def _rewritten(of_log: dict[int, Receipt]) -> str | None:
    said = {one.log.size: one.log.root for one in of_log.values()}
    frontier: list[bytes] = []
    for index in range(len(of_log)):
        entry = commitment(of_log[index].salt, of_log[index].event.encode())
        frontier = tree.extend(frontier, index, [tree.leaf_hash(entry)])
        root = said.get(index + 1)
        if root is not None and tree.root_of(frontier) != root:
            return f"Its first {index + 1} entries add up to another root than an epoch says."
    return None


def _checkpoint_of(receipt: Receipt) -> Checkpoint:
    return Checkpoint.parse(receipt.proof.note.text)


def _kinds(receipts: Sequence[Receipt]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for receipt in receipts:
        try:
            kind = str(receipt.told["kind"])
        except (ValueError, KeyError, TypeError, RecursionError):
            kind = "of no kind"
        counted[kind] = counted.get(kind, 0) + 1
    return dict(sorted(counted.items()))


def _unchecked(
    policy: Policy,
    kept: Sequence[ReceiptsFile],
    earlier: Sequence[Checkpoint],
    *,
    is_given: bool,
) -> list[str]:
    left: list[str] = []
    if not is_given:
        left.append(
            "Whose log this is: its keys were taken from the log itself. Give --policy with keys "
            "that you have from elsewhere."
        )
    if policy.quorum == NO_WITNESSES:
        lacking = "names no witnesses" if not policy.witnesses else "asks for none of its witnesses"
        left.append(
            f"Whether others see the same log: the policy {lacking}. Compare your checkpoint with "
            "somebody else's, or run `evenhand witness`."
        )
    if not earlier:
        left.append(
            "Whether it continues what you saw before: give --checkpoint with an older one."
        )
    if not kept:
        left.append("Whether what you were told is in it: give --receipts.")
    if any(file.key is None and file.receipts for file in kept):
        left.append(
            "Whether a second history of your log stands elsewhere in a map: the receipts' file "
            "has no key (`GET /api/log`)."
        )
    return left
