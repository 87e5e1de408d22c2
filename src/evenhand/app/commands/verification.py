"""`evenhand verify`: what a public log and receipts are worth, for whoever has only files."""

import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import cyclopts

from evenhand.app.commands.output import AsJson, err, out, print_json, working
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError, Malformed
from evenhand.tlog.note import Note
from evenhand.tlog.policy import POLICY_BYTES_MAX, Policy
from evenhand.tlog.signatures import SigningKey
from evenhand.tlog.sources import source
from evenhand.tlog.verification import Outcome
from evenhand.verifier import (
    Report,
    check,
    check_transcript,
    page_of,
    read_receipts,
    signing_key,
    statement_of,
)

POLICY = "policy"
RECEIPTS_BYTES_MAX = 1024 * 1024 * 1024
_EXIT = {Outcome.HELD: 0, Outcome.FAILED: 1, Outcome.UNREAD: 2}
_MARKS = {
    Outcome.HELD: "[green]held[/]  ",
    Outcome.FAILED: "[bold red]FAILED[/]",
    Outcome.UNREAD: "[yellow]unread[/]",
}


@cyclopts.Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Kept:
    """What somebody has of the log from elsewhere."""

    receipts: Annotated[
        list[Path], cyclopts.Parameter(help="Receipts that you keep; can be given several times.")
    ] = field(default_factory=list[Path])
    checkpoint: Annotated[
        list[Path],
        cyclopts.Parameter(help="A checkpoint of an earlier day, which the log must continue."),
    ] = field(default_factory=list[Path])
    policy: Annotated[
        Path | None,
        cyclopts.Parameter(
            help="Whom you trust: the log's keys, its witnesses, and how many are enough. Without "
            "it the keys are taken from the log itself, and that is said."
        ),
    ] = None
    transcript: Annotated[
        Path | None,
        cyclopts.Parameter(
            help="What the operator shows an auditor: every decision, replayed by the rule."
        ),
    ] = None
    complete: Annotated[
        bool,
        cyclopts.Parameter(
            help="The receipts are those of all tenants: a decision that none knows is a fault."
        ),
    ] = False


@cyclopts.Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Stated:
    """What somebody says of it under their name."""

    statement: Annotated[
        Path | None,
        cyclopts.Parameter(
            help="Where to write what was found as a signed statement, which names no tenant: send "
            "it to the operator, who publishes it by `evenhand verification add`."
        ),
    ] = None
    sign_as: Annotated[
        Path | None,
        cyclopts.Parameter(
            help="Your key, by which it is signed: `evenhand verification key` makes one."
        ),
    ] = None

    def key(self) -> SigningKey | None:
        """The key to sign by, if anything is to be signed; read before there is work to lose."""
        if (self.statement is None) != (self.sign_as is None):
            raise HalfAStatement
        return None if self.sign_as is None else signing_key(self.sign_as)


class HalfAStatement(LogError):
    """A statement needs a file and a key: give both --statement FILE and --sign-as KEYFILE."""


def verify(
    place: str,
    *,
    kept: Kept | None = None,
    stated: Stated | None = None,
    report: Path | None = None,
    json: AsJson = False,
) -> None:
    """Check a public log, what you keep of it, and its decisions, believing nobody.

    Ends with 0 if all that was checked holds, with 1 if something does not, and with 2 if something
    could not be read.

    Parameters
    ----------
    place
        The log: its URL, such as https://labels.example.com/log, or a folder with its files.
    report
        Where to write the report as a page for people.
    """
    kept, stated = kept or Kept(), stated or Stated()
    try:
        key = stated.key()
        found = _found(place, kept)
    except (LogError, OSError) as error:
        _unread(error, as_json=json)
        raise SystemExit(_EXIT[Outcome.UNREAD]) from error
    if report is not None:
        report.write_text(page_of(found, place=place), encoding="utf-8")
    _print(found, place, as_json=json)
    if key is not None and stated.statement is not None:
        _state(found, key, stated.statement, as_json=json)
    if _EXIT[found.outcome]:
        raise SystemExit(_EXIT[found.outcome])


def _found(place: str, kept: Kept) -> Report:
    receipts = [read_receipts(_bytes(one, RECEIPTS_BYTES_MAX)) for one in kept.receipts]
    earlier = [_earlier(one) for one in kept.checkpoint]
    replay = None
    if kept.transcript is not None:
        replay = partial(
            check_transcript, kept.transcript, receipts=kept.receipts, complete=kept.complete
        )
    with source(place) as read, working(f"Checking {place}"):
        policy = _bytes(kept.policy, POLICY_BYTES_MAX) if kept.policy else read(POLICY)
        return check(
            read,
            Policy.parse(policy),
            kept=receipts,
            transcript=replay,
            earlier=earlier,
            is_given=kept.policy is not None,
        )


def _state(found: Report, key: SigningKey, file: Path, *, as_json: bool) -> None:
    try:
        note = statement_of(found, checked_at=int(time.time())).signed(key)
    except LogError as error:
        # Beside the report, which is printed already.
        err.print(f"error: {error}", style="bold red", markup=False)
        raise SystemExit(max(_EXIT[found.outcome], 1)) from error
    file.write_bytes(bytes(note))
    if not as_json:
        out.print(f"Signed as {key.name}: {file}", markup=False, soft_wrap=True)
        out.print(f"Others check it by {key.verifier_key}", markup=False, soft_wrap=True)


def _earlier(path: Path) -> Checkpoint:
    return Checkpoint.parse(Note.parse(_bytes(path, POLICY_BYTES_MAX)).text)


def _bytes(path: Path, most: int) -> bytes:
    if path.stat().st_size > most:
        raise Malformed(f"The file is larger than {most:,} bytes.", path=path)
    return path.read_bytes()


def _unread(error: LogError | OSError, *, as_json: bool) -> None:
    words = str(error)
    if as_json:
        print_json({"outcome": Outcome.UNREAD.value, "error": words})
    else:
        err.print(f"error: {words}", style="bold red", markup=False)


def _print(found: Report, place: str, *, as_json: bool) -> None:
    if as_json:
        print_json(as_values(found, place))
        return
    if found.trusted is not None:
        checkpoint = found.trusted.checkpoint
        out.print(f"{checkpoint.origin}: {checkpoint.size:,} epochs", markup=False)
    for one in found.checks:
        out.print(f"{_MARKS[one.outcome]} {one.name}")
        if one.problem is not None:
            out.print(f"       {one.problem}", markup=False)
    for one in found.own:
        told = ", ".join(f"{reason} {count:,}" for reason, count in one.passed.items())
        out.print(
            f"{one.log}: lent {one.decisions:,}, {one.in_competition:,} of them in competition, "
            f"{one.overtaken:,} after others who stood behind; passed over: {told or 'never'}",
            markup=False,
        )
    for words in found.unchecked:
        out.print(f"[dim]not checked[/] {words}")


def as_values(found: Report, place: str) -> dict[str, object]:
    """The report as values of JSON."""
    checkpoint = None if found.trusted is None else found.trusted.checkpoint
    return {
        "place": place,
        "outcome": found.outcome.value,
        "origin": None if checkpoint is None else checkpoint.origin,
        "epochs": None if checkpoint is None else checkpoint.size,
        "root": None if checkpoint is None else checkpoint.root.hex(),
        "checks": [
            {"name": one.name, "outcome": one.outcome.value, "problem": one.problem}
            for one in found.checks
        ],
        "not_checked": list(found.unchecked),
        "receipts_by_kind": found.kinds,
        "own_turns": [
            {
                "log": one.log,
                "decisions": one.decisions,
                "in_competition": one.in_competition,
                "overtaken": one.overtaken,
                "passed": one.passed,
            }
            for one in found.own
        ],
    }
