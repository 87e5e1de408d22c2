"""`evenhand verify`: what a public log and receipts are worth, for whoever has only files."""

from pathlib import Path

from evenhand.app.commands.output import AsJson, err, out, print_json, working
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError, Malformed
from evenhand.tlog.note import Note
from evenhand.tlog.policy import POLICY_BYTES_MAX, Policy
from evenhand.tlog.sources import source
from evenhand.tlog.verification import Outcome
from evenhand.verifier import ReceiptsFile, Report, check, page_of, read_receipts

POLICY = "policy"
RECEIPTS_BYTES_MAX = 1024 * 1024 * 1024
_EXIT = {Outcome.HELD: 0, Outcome.FAILED: 1, Outcome.UNREAD: 2}
_MARKS = {
    Outcome.HELD: "[green]held[/]  ",
    Outcome.FAILED: "[bold red]FAILED[/]",
    Outcome.UNREAD: "[yellow]unread[/]",
}


def verify(
    place: str,
    *,
    receipts: Path | None = None,
    checkpoint: list[Path] | None = None,
    policy: Path | None = None,
    report: Path | None = None,
    json: AsJson = False,
) -> None:
    """Check a public log, and receipts of it, without believing whoever runs it.

    Ends with 0 if all that was checked holds, with 1 if something does not, and with 2 if something
    could not be read.

    Parameters
    ----------
    place
        The log: its URL, such as https://labels.example.com/log, or a folder with its files.
    receipts
        Receipts that you keep: JSON lines, or as `GET /api/receipts` answers them.
    checkpoint
        A checkpoint that you kept earlier, which the log must continue; can be given several times.
    policy
        Whom you trust: the log's keys, its witnesses, and how many of these are enough. Without it
        the keys are taken from the log itself, and that is said.
    report
        Where to write the report as a page for people.
    """
    try:
        kept = None if receipts is None else _receipts(receipts)
        earlier = [_earlier(one) for one in checkpoint or []]
        with source(place) as read, working(f"Checking {place}"):
            trusted = Policy.parse(_bytes(policy, POLICY_BYTES_MAX) if policy else read(POLICY))
            found = check(read, trusted, kept=kept, earlier=earlier, is_given=policy is not None)
    except (LogError, OSError) as error:
        _unread(error, as_json=json)
        raise SystemExit(_EXIT[Outcome.UNREAD]) from error
    if report is not None:
        report.write_text(page_of(found, place=place), encoding="utf-8")
    _print(found, place, as_json=json)
    if _EXIT[found.outcome]:
        raise SystemExit(_EXIT[found.outcome])


def _receipts(path: Path) -> ReceiptsFile:
    return read_receipts(_bytes(path, RECEIPTS_BYTES_MAX))


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
    }
