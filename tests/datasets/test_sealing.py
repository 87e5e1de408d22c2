"""A sealed file opens whole or in part, and only as it was sealed, where and for whom."""

import asyncio
import os
from dataclasses import replace
from uuid import UUID

import pytest
from datasets.contents import stream, whole
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.datasets import DamagedFile
from evenhand.datasets.sealing import (
    KEY_BYTES,
    SALT_BYTES,
    SEALED_BYTES,
    SEGMENT_BYTES,
    Layout,
    Seal,
    sealed,
)

TENANT, RIVAL = UUID(int=1), UUID(int=2)
FILE, OTHER = UUID(int=3), UUID(int=4)
KEY, SALT = bytes(KEY_BYTES), bytes(SALT_BYTES)
SEAL = Seal(KEY, tenant_id=TENANT, file_id=FILE, salt=SALT)
SIZES = st.sampled_from(
    [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES]
)


def _sealed(content: bytes, seal: Seal = SEAL, piece: int = 300_000) -> list[bytes]:
    async def collect() -> list[bytes]:
        return [segment async for segment in sealed(seal, stream(content, piece))]

    return asyncio.run(collect())


def _opened(segments: list[bytes], seal: Seal = SEAL) -> bytes:
    last = len(segments) - 1
    return b"".join(
        seal.open_segment(index, segment, last=index == last)
        for index, segment in enumerate(segments)
    )


@settings(deadline=None, max_examples=30)
@given(SIZES, st.integers(10_000, 3_000_000))
def test_a_stream_opens_to_what_it_was_however_it_came_in(size: int, piece: int):
    content = os.urandom(size)
    segments = _sealed(content, piece=piece)
    layout = Layout(size=size)
    assert _opened(segments) == content
    assert (len(segments), sum(map(len, segments))) == (layout.segments, layout.sealed_size)


@settings(deadline=None)
@given(st.data())
def test_a_flipped_bit_anywhere_does_not_open(data: st.DataObject):
    (segment,) = _sealed(b"some content")
    at = data.draw(st.integers(0, len(segment) * 8 - 1))
    changed = bytearray(segment)
    changed[at // 8] ^= 1 << at % 8
    with pytest.raises(DamagedFile):
        _opened([bytes(changed)])


def test_segments_that_were_swapped_repeated_dropped_or_cut_off_do_not_open():
    first, second, third = _sealed(os.urandom(2 * SEGMENT_BYTES + 5))
    for segments in ([second, first, third], [first, first, third], [second, third],
                     [first, third], [first, second], [first, second, third, third],
                     [first, second, third[:-1]]):  # fmt: skip
        with pytest.raises(DamagedFile):
            _opened(segments)


@pytest.mark.parametrize(
    "seal",
    [
        Seal(KEY, tenant_id=RIVAL, file_id=FILE, salt=SALT),
        Seal(KEY, tenant_id=TENANT, file_id=OTHER, salt=SALT),
        Seal(KEY, tenant_id=TENANT, file_id=FILE, salt=b"x" * SALT_BYTES),
        Seal(b"x" * KEY_BYTES, tenant_id=TENANT, file_id=FILE, salt=SALT),
    ],
    ids=["tenant", "file", "salt", "key"],
)
def test_a_segment_does_not_open_for_another(seal: Seal):
    with pytest.raises(DamagedFile):
        _opened(_sealed(b"secret"), seal)


@given(st.integers(0, 5 * SEGMENT_BYTES), st.data())
def test_the_segments_that_cover_a_range_are_the_ones_that_hold_its_bytes(
    size: int, data: st.DataObject
):
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size))
    layout = Layout(size=size)
    wanted = layout.covering(start, end)
    low, high = layout.sealed_span(wanted)
    assert wanted.start * SEGMENT_BYTES <= start
    assert end <= wanted.stop * SEGMENT_BYTES
    assert start == end or len(wanted) == (end - 1) // SEGMENT_BYTES - start // SEGMENT_BYTES + 1
    assert (low, high) == (
        wanted.start * SEALED_BYTES,
        min(wanted.stop * SEALED_BYTES, layout.sealed_size),
    )
    assert replace(layout, size=0).segments == 1


def test_collecting_is_what_reading_does():
    assert asyncio.run(whole(stream(b"abc", 1))) == b"abc"
