"""Trouble of the disk is told as what it is, and a spool on a full disk says so."""

import errno
import io
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.foundation.disk import DiskAway, DiskFull, disk_trouble, require_room
from evenhand.foundation.spool import SEGMENT_BYTES, Spool


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EIO, DiskAway),
     (errno.EROFS, DiskAway)],
)  # fmt: skip
def test_what_the_system_says_of_a_disk_is_told_as_full_or_away(number: int, kind: type):
    with pytest.raises(kind), disk_trouble():
        raise OSError(number, "as the system words it")


@pytest.fixture
def full(monkeypatch) -> None:
    """A temporary file on a disk that takes nothing more."""
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: io.FileIO("/dev/full", "r+"))


def test_a_spool_on_a_full_disk_says_so(full):
    with pytest.raises(DiskFull), Spool() as spool:
        spool.write(b"x" * 2 * SEGMENT_BYTES)


def test_a_writer_that_knows_nothing_of_spools_passes_it_on(full):
    table = pa.table({"text": [f"{number:0200}" for number in range(20_000)]})
    with pytest.raises(DiskFull), Spool() as spool:
        pq.write_table(table, spool, compression="none", use_dictionary=False)


async def test_a_folder_that_is_gone_or_has_no_room_is_refused(tmp_path: Path):
    await require_room(tmp_path, least=1)
    with pytest.raises(DiskFull):
        await require_room(tmp_path, least=2**60)
    with pytest.raises(DiskAway):
        await require_room(tmp_path / "gone")
