"""Statements of verification: written in one way, signed by one key, and mute about tenants."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import ORIGIN, TIME

from evenhand.receipts.statement import (
    STATEMENT_BYTES_MAX,
    NotAVerifierKey,
    Replayed,
    Statement,
    Waits,
    opened,
)
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError, Malformed, Unsigned
from evenhand.tlog.key_file import AlreadyThere, read_keys, write_keys
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Trusted
from evenhand.tlog.signatures import SignatureType, SigningKey
from evenhand.tlog.verification import Check, Outcome
from evenhand.verifier import Report, Transcribed, statement_of
from evenhand.verifier.stating import NotStated, replayed, signing_key, waits_of
from evenhand.verifier.transcripts import Share

AUDITOR = SigningKey("example.com/auditor", SignatureType.ED25519, b"a" * 32)
CHECKPOINT = Checkpoint(ORIGIN, 12, b"r" * 32)
TERMS = "5e" * 32
FULL = Statement(
    checkpoint=CHECKPOINT,
    checked_at=TIME,
    held=19,
    failed=0,
    not_checked=2,
    replayed=Replayed(
        terms=TERMS,
        envy=0,
        decisions=19_998,
        at_same_moment=14_000,
        waits=(
            Waits(weight=1000, p50=0.4, p90=1.0, p99=12.5),
            Waits(weight=2000, p50=0.0, p90=0.0, p99=0.0),
        ),
    ),
)
TEXT = f"""\
evenhand-verification/1
{ORIGIN}
12
cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=
checked {TIME}
outcome held
checks 19 0 2
terms {TERMS}
envy 0
decisions 19998 14000
waits 1000 0.4 1.0 12.5
waits 2000 0.0 0.0 0.0
"""


def test_a_statement_is_written_as_the_docs_say_and_read_again() -> None:
    assert FULL.text == TEXT
    assert Statement.parse(TEXT) == FULL
    assert opened(bytes(FULL.signed(AUDITOR)), AUDITOR.verifier_key) == FULL


def test_what_was_not_replayed_is_not_stated() -> None:
    short = replace(FULL, replayed=None)
    assert short.text.endswith("checks 19 0 2\n")
    assert Statement.parse(short.text) == short


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("verification/1", "verification/2"),
        (f"{ORIGIN}\n", "\n"),
        (f"{ORIGIN}\n", f"{'x' * 256}\n"),
        ("\n12\n", "\n012\n"),
        ("\n12\n", "\n-1\n"),
        ("\n12\n", "\n0\n"),
        ("cnJy", "cnJ"),
        ("checked ", "checked  "),
        ("outcome held", "outcome failed"),
        ("outcome held", "outcome fine"),
        ("checks 19 0 2", "checks 19 1 2"),
        ("checks 19 0 2", "checks 19 0"),
        (TERMS, TERMS.upper()),
        ("envy 0\n", ""),
        ("envy 0", "envy 20000"),
        ("19998 14000", "19998 20000"),
        ("0.4 1.0", "0.4 1"),
        ("0.4 1.0", "0.4 0.3"),
        ("0.4 1.0", "0.4 nan"),
        ("0.4 1.0", "00.4 1.0"),
        ("waits 2000", "waits 1000"),
        ("waits 2000", "waits 900"),
        ("waits 2000 0.0 0.0 0.0\n", "tenant acme 19998\n"),
        ("waits 2000 0.0 0.0 0.0\n", "waits 2000 0.0 0.0 0.0"),
        ("waits 2000 0.0 0.0 0.0\n", "waits 2000 0.0 0.0 0.0\n\n"),
    ],
)
def test_what_no_statement_says_is_refused(said: str, instead: str) -> None:
    assert said in TEXT
    with pytest.raises(Malformed):
        Statement.parse(TEXT.replace(said, instead, 1))


def test_every_part_of_a_statement_that_ends_early_is_refused_or_says_less() -> None:
    lines = TEXT.splitlines(keepends=True)
    read = [count for count in range(len(lines)) if _is_read("".join(lines[:count]))]
    # Without a replay, and behind envy, decisions and each wait.
    assert read == [7, 9, 10, 11]


def _is_read(text: str) -> bool:
    try:
        Statement.parse(text)
    except Malformed:
        return False
    return True


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_bit_of_a_signed_statement_can_be_changed(data: st.DataObject) -> None:
    note = bytearray(bytes(FULL.signed(AUDITOR)))
    at = data.draw(st.integers(0, len(note) - 1))
    note[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(LogError):
        opened(bytes(note), AUDITOR.verifier_key)


def test_a_statement_by_another_key_is_refused_whatever_it_calls_itself() -> None:
    for other in (replace(AUDITOR, seed=b"b" * 32), replace(AUDITOR, name="example.com/other")):
        with pytest.raises(Unsigned):
            opened(bytes(FULL.signed(other)), AUDITOR.verifier_key)


def test_a_statement_has_one_signature() -> None:
    note = FULL.signed(AUDITOR)
    more = note.signed(FULL.signed(replace(AUDITOR, name="example.com/other")).signatures)
    with pytest.raises(Malformed):
        opened(bytes(more), AUDITOR.verifier_key)


def test_a_statement_has_a_bounded_size() -> None:
    with pytest.raises(Malformed):
        opened(b"x" * (STATEMENT_BYTES_MAX + 1), AUDITOR.verifier_key)


@pytest.mark.parametrize("kind", [SignatureType.COSIGNATURE, SignatureType.ML_DSA_44])
def test_a_witness_key_signs_no_statement(kind: SignatureType) -> None:
    with pytest.raises(NotAVerifierKey):
        FULL.signed(replace(AUDITOR, type=kind))


def test_a_checkpoint_is_no_statement_and_a_statement_no_checkpoint() -> None:
    checkpoint = Note(CHECKPOINT.text, (AUDITOR.sign(CHECKPOINT.text, time=TIME),))
    with pytest.raises(Malformed):
        opened(bytes(checkpoint), AUDITOR.verifier_key)
    with pytest.raises(Malformed):
        Checkpoint.parse(TEXT)


def test_a_file_of_a_key_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "me.key"
    write_keys(file, [AUDITOR])
    assert (file.stat().st_mode & 0o777, read_keys(file)) == (0o600, [AUDITOR])
    assert signing_key(file) == AUDITOR
    with pytest.raises(AlreadyThere):
        write_keys(file, [replace(AUDITOR, seed=b"b" * 32)])


def test_a_file_of_witness_keys_or_of_none_is_not_a_verifiers(tmp_path: Path) -> None:
    write_keys(tmp_path / "none", [])
    write_keys(tmp_path / "witness", [replace(AUDITOR, type=SignatureType.COSIGNATURE)])
    for name in ("none", "witness"):
        with pytest.raises(NotAVerifierKey):
            signing_key(tmp_path / name)


def test_where_something_could_not_be_read_nothing_is_stated() -> None:
    unread = Report(
        checks=[Check("root", Outcome.UNREAD)], unchecked=[], trusted=None, epochs=[], kinds={}
    )
    with pytest.raises(NotStated):
        statement_of(unread, checked_at=TIME)


def test_how_many_checks_there_were_does_not_tell_how_many_tenants_gave_receipts() -> None:
    found = []
    for count in (1, 5):
        own = [Check(f"{number} receipts") for number in range(count)]
        report = Report(
            checks=[Check("signature"), Check("root"), *own],
            unchecked=["Whose log this is.", *[f"Of log {number}." for number in range(count)]],
            trusted=Trusted(CHECKPOINT, (), {}, has_quorum=True),
            epochs=[],
            kinds={},
            of_receipts=own,
            untold=[f"Of log {number}." for number in range(count)],
        )
        found.append(statement_of(report, checked_at=TIME))
    assert found[0] == found[1]
    assert (found[0].held, found[0].failed, found[0].not_checked) == (3, 0, 2)


def _shares(*tenants: tuple[int, int, float], weight: int = 1000) -> list[Share]:
    """Of each tenant: decisions, waits, and how long each of them was."""
    return [
        Share(log="l", weight=weight, decisions=decisions, served=0, waits=[wait] * waits)
        for decisions, waits, wait in tenants
    ]


def _replayed(shares: list[Share]) -> Replayed:
    total = sum(one.decisions for one in shares)
    return replayed(
        Transcribed(
            checks=[], shares=shares, decisions=total, at_same_moment=1, envy=0, terms=TERMS
        )
    )


@pytest.mark.parametrize(
    ("counts", "is_told"),
    [
        ([], False),
        ([100], False),
        ([100, 100], False),
        ([100, 100, 100], True),
        ([100, 100, 9], False),
        ([100, 100, 10], True),
        ([1000, 50, 50], False),
        ([1000, 50, 50, 50], True),
    ],
)
def test_decisions_are_counted_where_the_count_hides_each_tenant(
    counts: list[int], is_told: bool
) -> None:
    found = _replayed(_shares(*((count, 0, 0.0) for count in counts)))
    assert found.decisions == (sum(counts) if is_told else None)
    assert (found.at_same_moment is not None) == is_told
    assert found.envy == 0


@pytest.mark.parametrize(
    ("waits", "is_told"),
    [([50, 50, 50], True), ([50, 50, 49], False), ([5000, 5000], False), ([50, 50, 50, 3], True)],
)
def test_waits_of_a_class_are_told_where_three_tenants_had_enough(
    waits: list[int], is_told: bool
) -> None:
    assert bool(waits_of(_shares(*((0, count, 1.0) for count in waits)))) == is_told


def test_waits_are_told_by_class() -> None:
    many = [(0, 60, 1.0)] * 3
    shares = [*_shares(*many), *_shares(*many[:2], weight=2000), *_shares(*many, weight=500)]
    assert [one.weight for one in waits_of(shares)] == [500, 1000]


def test_no_tenants_volume_weighs_in_waiting_times() -> None:
    few = _shares((0, 50, 1.0), (0, 50, 2.0), (0, 50, 9.0))
    many = _shares((0, 50, 1.0), (0, 50, 2.0), (0, 50_000, 9.0))
    assert waits_of(few) == waits_of(many)


def test_waits_are_those_of_the_tenants_together() -> None:
    dice = random.Random(7)
    waits = [sorted(dice.expovariate(0.1) for _ in range(1000)) for _ in range(4)]
    shares = [Share(log="l", weight=1000, decisions=0, served=0, waits=one) for one in waits]
    (told,) = waits_of(shares)
    pooled = sorted(one for each in waits for one in each)
    assert told.p50 == pytest.approx(pooled[2000], rel=0.1)
    assert told.p90 == pytest.approx(pooled[3600], rel=0.1)
