"""A spool gives back what it took, and what lies on the disk says nothing of it."""

from pathlib import Path

import pytest

from evenhand.foundation.spool import SEGMENT_BYTES, Spool

WORD = b"a diagnosis that nobody else may read "


@pytest.mark.parametrize("size", [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, 3 * SEGMENT_BYTES + 7])
@pytest.mark.parametrize("step", [1000, SEGMENT_BYTES, 5 * SEGMENT_BYTES])
@pytest.mark.anyio
async def test_what_is_taken_is_given_back(size: int, step: int) -> None:
    content = (WORD * (size // len(WORD) + 1))[:size]
    with Spool() as spool:
        for start in range(0, size, step):
            spool.write(content[start : start + step])
        assert spool.tell() == size
        assert b"".join([piece async for piece in spool.pieces()]) == content


def test_nothing_lies_in_clear_on_the_disk() -> None:
    with Spool() as spool:
        spool.write(WORD * 100_000)
        on_disk = Path(f"/proc/self/fd/{spool._file.fileno()}").read_bytes()
        assert len(on_disk) > SEGMENT_BYTES
        assert WORD not in on_disk
