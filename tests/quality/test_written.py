"""Texts are compared exactly, at a stated cost, whatever was written in them."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import FIELDS
from evenhand.quality.live.consensus import consensus
from evenhand.quality.text import fields
from evenhand.quality.text.edits import edits
from evenhand.quality.text.fields import TooMuchText, fields_similarity, normalised
from evenhand.quality.text.forms import MARKS_MAX

FEW_LETTERS = st.text("abé ", max_size=40)


def _table_of_edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for place, token in enumerate(one, 1):
        below = [place]
        for at, own in enumerate(other):
            below.append(min(below[-1] + 1, row[at + 1] + 1, row[at] + (token != own)))
        row = below
    return row[-1]


@given(FEW_LETTERS, FEW_LETTERS, st.text("ab", max_size=80), st.text("ab", max_size=80))
@settings(max_examples=300, deadline=None)
def test_edits_are_those_of_the_whole_table(one: str, other: str, start: str, end: str):
    # Long beginnings and ends in common go beyond a machine word.
    one, other = start + one + end, start + other + end
    assert edits(one, other) == _table_of_edits(one, other)
    assert edits(one + start, other + end) == _table_of_edits(one + start, other + end)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_text_is_normalised_as_unicode_says(text: str):
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    assert normalised(text) == plain


def test_a_letter_with_more_marks_than_any_has_is_normalised_in_lots():
    few = "a" + "\u0301\u0323" * (MARKS_MAX // 2)
    assert normalised(few) == unicodedata.normalize("NFKC", few)
    began = time.monotonic()
    many = normalised("a" + "\u0301\u0323" * 45_000)
    # In one lot it takes the square of their number, which is a matter of ten seconds.
    assert time.monotonic() - began < 5
    assert normalised(many) == many


@given(
    st.lists(
        st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["a", "A ", "b", ""])),
        min_size=2,
        max_size=4,
    )
)
def test_answers_agree_as_they_do_two_by_two(answers: list[dict[str, str]]):
    pairs = [(a, b) for at, a in enumerate(answers) for b in answers[at + 1 :]]
    each = [fields_similarity(one, other) for one, other in pairs]
    assert consensus(FIELDS, answers).agreement == pytest.approx(sum(each) / len(each))


def test_texts_that_differ_in_more_than_is_compared_are_refused(monkeypatch):
    texts = ["".join(chr(97 + n * step % 26) for n in range(1_990)) for step in (3, 5)]
    pair = [{"x": f"{who}{text}{who}"} for who, text in enumerate(texts)]
    assert consensus(FIELDS, pair).tied
    monkeypatch.setattr(fields, "CELLS_MAX", 1_000_000)
    with pytest.raises(TooMuchText):
        consensus(FIELDS, pair)
    # What both begin with costs nothing.
    assert consensus(FIELDS, [{"x": texts[0] + end} for end in "ab"]).tied
    monkeypatch.setattr(fields, "SIGNS_MAX", 1_000)
    with pytest.raises(TooMuchText):
        consensus(FIELDS, [{"x": "\ufdfa" * 60} for _ in range(2)])
