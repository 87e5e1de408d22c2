"""What a report comes to as a statement for everybody: of no tenant, and of few none at all.

Whoever is a tenant knows its own figures and takes them away from a sum. So a sum is told where
the others' share of it hides each of them (the p % rule of statistical disclosure control;
Hundepool et al. 2012, doi:10.1002/9781118348239), which takes three tenants at least.
"""

from collections.abc import Sequence
from pathlib import Path

from evenhand.receipts.statement import NotAVerifierKey, Replayed, Statement, Waits
from evenhand.tlog.errors import LogError
from evenhand.tlog.key_file import read_keys
from evenhand.tlog.signatures import SignatureType, SigningKey
from evenhand.tlog.verification import Check, Outcome
from evenhand.verifier.checking import Report
from evenhand.verifier.transcripts import Share, Transcribed

TENANTS_LEAST = 3
HIDDEN_PERCENT = 10  # of the largest, which all but the largest two have together at least
# Each tenant of a class stands for as many, whatever it sent: no volume weighs in a waiting time.
WAITS_A_TENANT = 50


def signing_key(file: Path) -> SigningKey:
    """Read the key of a verifier."""
    keys = read_keys(file)
    if len(keys) != 1 or keys[0].type is not SignatureType.ED25519:
        raise NotAVerifierKey(file=str(file))
    return keys[0]


class NotStated(LogError):
    """Something could not be read, so nothing is stated: see what was, and check again."""


def statement_of(report: Report, *, checked_at: int) -> Statement:
    """State what a report says, at a moment in seconds since 1970."""
    if report.trusted is None or report.outcome is Outcome.UNREAD:
        raise NotStated
    held, failed = (
        _count(report.checks, outcome) - _count(report.of_receipts, outcome)
        for outcome in (Outcome.HELD, Outcome.FAILED)
    )
    # Receipts count as one, or their number would say how many tenants gave theirs.
    wrong = _count(report.of_receipts, Outcome.FAILED) > 0
    untold = len(report.untold)
    return Statement(
        checkpoint=report.trusted.checkpoint,
        checked_at=checked_at,
        held=held + (len(report.of_receipts) > 0 and not wrong),
        failed=failed + wrong,
        not_checked=len(report.unchecked) - untold + (untold > 0),
        replayed=None if report.transcribed is None else replayed(report.transcribed),
    )


def _count(checks: Sequence[Check], outcome: Outcome) -> int:
    return sum(one.outcome is outcome for one in checks)


def replayed(found: Transcribed) -> Replayed:
    """State what a replay found, and of sums those that tell of no tenant alone."""
    counts = sorted((one.decisions for one in found.shares), reverse=True)
    hides_each = 100 * sum(counts[2:]) >= HIDDEN_PERCENT * sum(counts[:1]) > 0
    return Replayed(
        terms=found.terms,
        envy=found.envy,
        decisions=found.decisions if hides_each else None,
        at_same_moment=found.at_same_moment if hides_each else None,
        waits=waits_of(found.shares),
    )


def waits_of(shares: Sequence[Share]) -> tuple[Waits, ...]:
    """Waiting times of each class in which enough tenants had enough of them."""
    classes: dict[int, list[Sequence[float]]] = {}
    for one in shares:
        if len(one.waits) >= WAITS_A_TENANT:
            classes.setdefault(one.weight, []).append(one.waits)
    return tuple(
        _waits(weight, together)
        for weight, together in sorted(classes.items())
        if len(together) >= TENANTS_LEAST
    )


def _waits(weight: int, together: Sequence[Sequence[float]]) -> Waits:
    waits = sorted(
        each[(2 * number + 1) * len(each) // (2 * WAITS_A_TENANT)]
        for each in together
        for number in range(WAITS_A_TENANT)
    )
    p50, p90, p99 = (
        round(max(0.0, waits[int(share * len(waits))]), 1) for share in (0.5, 0.9, 0.99)
    )
    return Waits(weight=weight, p50=p50, p90=p90, p99=p99)
