"""A note is read to the byte, or refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.tlog.errors import Malformed
from evenhand.tlog.note import SIGNATURES_MAX, Note, Signature

LINE = "— example.com/key AAAAAXNpZ25hdHVyZQ==\n"
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Z", "C"], exclude_characters="+"),
    min_size=1,
)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n")
).map(lambda text: f"{text.strip()}x\n")


@given(TEXTS, st.lists(st.builds(Signature, NAMES, st.integers(0, 2**32 - 1),
                                 st.binary(min_size=1)), min_size=1, max_size=5))  # fmt: skip
def test_what_is_written_reads_as_the_same(text: str, signatures: list[Signature]):
    note = Note(text, tuple(signatures))
    assert Note.parse(bytes(note)) == note


def test_a_text_may_hold_empty_lines():
    assert Note.parse(f"one\n\ntwo\n\n{LINE}".encode()).text == "one\n\ntwo\n"


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "text\n", "text\n\n", f"text\n{LINE}", f"\n\n{LINE}", f"text{LINE}",
        f"text\n\n{LINE}"[:-1], f"text\n\n{LINE}\n", f"text\n\n{LINE}text\n",
        f"text\r\n\r\n{LINE}", f"te\txt\n\n{LINE}", f"te\0xt\n\n{LINE}",
        "text\n\n- example.com/key AAAAAXNpZ25hdHVyZQ==\n",
        "text\n\n—example.com/key AAAAAXNpZ25hdHVyZQ==\n",
        "text\n\n—  AAAAAXNpZ25hdHVyZQ==\n",
        "text\n\n— example.com/key  AAAAAXNpZ25hdHVyZQ==\n",
        "text\n\n— example.com/key AAAAAXNpZ25hdHVyZQ== \n",
        "text\n\n— example.com+key AAAAAXNpZ25hdHVyZQ==\n",
        "text\n\n— example.com\u00a0key AAAAAXNpZ25hdHVyZQ==\n",
        "text\n\n— example.com/key AAAAAXNpZ25hdHVyZQ=\n",
        "text\n\n— example.com/key AAAAAXNpZ25hdHVyZR==\n",  # unused bits are not nought
        "text\n\n— example.com/key AAAAAXNpZ25h_HVyZQ==\n",
        "text\n\n— example.com/key AAAAAQ==\n",  # a key id and no signature
        "text\n\n— example.com/key\n",
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(text: str):
    with pytest.raises(Malformed):
        Note.parse(text.encode())


def test_what_is_not_utf_8_is_refused():
    with pytest.raises(Malformed):
        Note.parse(b"te\xffxt\n\n" + LINE.encode())


def test_signatures_are_counted():
    lines = [f"— k{number} AAAAAXNpZ25hdHVyZQ==\n" for number in range(SIGNATURES_MAX + 1)]
    assert len(Note.parse(f"text\n\n{''.join(lines[1:])}".encode()).signatures) >= 16
    with pytest.raises(Malformed):
        Note.parse(f"text\n\n{''.join(lines)}".encode())


def test_a_signature_is_added_once():
    note = Note.parse(f"text\n\n{LINE}".encode())
    assert note.signed(note.signatures) == note
