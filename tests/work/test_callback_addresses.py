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


@pytest.mark.parametrize(
    "callback",
    [
        "https://user:secret@example.com/callback",
        "https://secret@example.com/callback",
        "HTTPS://user:secret@example.com",
        "https://user:secret@example.com?a=b",
        "ftp://user:secret@example.com",
        "s3://secret@example.com/callback",
    ],
)
def test_an_address_with_a_password_is_refused_and_the_password_not_told(callback: str):
    with pytest.raises(InvalidParams) as caught:
        intake.check_callback(callback)
    assert "secret" not in str(caught.value)
