"""A checkpoint is three lines, read in the one way that they can be written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Malformed
from evenhand.tlog.tree import EMPTY_ROOT

# The example of the specification.
TEXT = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


def test_the_example_of_the_specification_is_read():
    found = Checkpoint.parse(TEXT)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert found.root.hex().startswith("0ac5186a91863e8e")
    assert found.text == TEXT


@given(LINES, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32),
       st.lists(LINES, max_size=2))  # fmt: skip
def test_what_is_written_reads_as_the_same(
    origin: str, size: int, root: bytes, extensions: list[str]
):
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert Checkpoint.parse(checkpoint.text) == checkpoint


def test_an_empty_log_has_the_root_of_nothing():
    checkpoint = Checkpoint("example.com/new", 0, EMPTY_ROOT)
    assert Checkpoint.parse(checkpoint.text) == checkpoint
    with pytest.raises(Malformed):
        Checkpoint.parse(TEXT.replace("20852163", "0"))


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", TEXT[:-1], "\n" + TEXT, TEXT + "\n", TEXT.replace("\n2", "\n02"),
        TEXT.replace("\n2", "\n+2"), TEXT.replace("\n2", "\n-2"), TEXT.replace("\n2", "\n 2"),
        TEXT.replace("20852163", ""), TEXT.replace("20852163", "\u0663"),
        TEXT.replace("20852163", str(2**63)), TEXT.replace("20852163", "2e7"),
        TEXT.replace("q2I=", "q2J="), TEXT.replace("q2I=", "q2I"), TEXT.replace("q2I=", "q2I=="),
        TEXT.replace("CsUY", ""), TEXT.replace("CsUY", "CsUYCsUY"), TEXT.replace("\n", "\r\n"),
        "example.com/behind-the-sofa\n20852163\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str):
    with pytest.raises(Malformed):
        Checkpoint.parse(text)
