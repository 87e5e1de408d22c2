"""Lines are the same lines however a body was cut on its way."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.app.scale import lines
from evenhand.app.scale.lines import Line, chunks_in

LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b" ", b"\t\r", b"{}", b'{"a":[1,2,3]}', b"[[[[[[[[[[[["]),
        st.binary(max_size=12).map(lambda some: some.replace(b"\n", b"")),
        st.integers(1, 60).map(lambda length: b"x" * length),
        st.just(b'"' + b"," * 30 + b'"'),
    ),
    max_size=30,
)


class _Body:
    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    async def stream(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


async def _read(pieces: list[bytes]) -> list[list[Line]]:
    return [chunk async for chunk in chunks_in(cast("Any", _Body(pieces)))]


def _one_by_one(body: bytes) -> list[tuple[int, bytes | None]]:
    """What each line comes to when it is looked at alone."""
    found: list[tuple[int, bytes | None]] = []
    for number, line in enumerate(body.split(b"\n"), 1):
        if len(line) > lines.LINE_BYTES_MAX or not lines._is_small(line):
            found.append((number, None))
        elif line and not line.isspace():
            found.append((number, line))
    return found


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that short lines reach."""
    monkeypatch.setattr(lines, "LINE_BYTES_MAX", 40)
    monkeypatch.setattr(lines, "LINE_NODES_MAX", 8)
    monkeypatch.setattr(lines, "LINES_A_CHUNK", 7)


@given(written=LINES, cuts=st.lists(st.integers(0, 400), max_size=8))
def test_every_cut_gives_the_lines_that_each_would_be_alone(
    written: list[bytes], cuts: list[int]
) -> None:
    body = b"{}\n" + b"\n".join(written)
    edges = [0, *sorted(cut for cut in cuts if cut < len(body)), len(body)]
    pieces = [body[begin:end] for begin, end in pairwise(edges)]
    chunks = _finished(_read(pieces))
    assert all(0 < len(chunk) <= lines.LINES_A_CHUNK for chunk in chunks)
    assert [(one.number, one.content) for chunk in chunks for one in chunk] == _one_by_one(body)


def test_a_body_of_too_many_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINES_MAX", 5)
    _finished(_read([b"{}\n" * 4 + b"{}"]))
    with pytest.raises(lines.TooManyLines):
        _finished(_read([b"{}\n" * 5 + b"{}"]))


def _finished(coroutine: Any) -> Any:
    """Run what never waits, without a loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waited")
