"""Where a callback may go: what is proved of an address takes no longer than to read it."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evenhand.task_types import InvalidParams
from evenhand.work import intake

# What an address of mail is, said shortly; to look for it takes the square of a text's length.
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def _fits(text: str) -> bool:
    try:
        intake.check_callback(text)
    except InvalidParams:
        return False
    return True


@given(st.text(alphabet="a@. \u2003\x1c", max_size=12))
@example("a@b.c")
@example("a@.c")
@example("a@b.")
@example("a@b.c@")
def test_an_address_of_mail_has_a_name_and_a_domain_with_a_point_inside(text: str):
    assert _fits(text) == bool(EMAIL.fullmatch(text))


@pytest.mark.parametrize(
    "crafted", ["a@" + "." * 2_000_000 + "@", "@" * 2_000_000, "http://" + " " * 2_000_000]
)
def test_a_crafted_address_is_refused_without_being_searched(crafted: str):
    # Searched, the first of these takes hours.
    assert not _fits(crafted)
