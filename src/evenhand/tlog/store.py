"""Where the files of a log lie: a folder, or anything else that can do these three things."""

import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol
from uuid import uuid4

from evenhand.tlog.errors import Missing, Rewritten
from evenhand.tlog.tiles import WIDTH, Tile, count_at


class Store(Protocol):
    """Files by their path below the log's prefix; what returns has reached the disk."""

    def read(self, path: str) -> bytes:
        """The bytes of a file, or `Missing`."""
        ...

    def create(self, files: Mapping[str, bytes]) -> None:
        """Write files that never change; where one stands with other bytes, `Rewritten`."""
        ...

    def replace(self, path: str, data: bytes) -> None:
        """Write the one file that does change: whoever reads finds the old or the new one."""
        ...


class Folder:
    """A folder of the file system, as any web server can serve it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes:
        """The bytes of a file, or `Missing`."""
        try:
            return self._place(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Missing(path=path) from error

    def create(self, files: Mapping[str, bytes]) -> None:
        """Write files that never change, each whole or not at all."""
        missing = {path: data for path, data in files.items() if not self._stands(path, data)}
        folders: dict[Path, None] = {}
        with _drafts() as drafts:
            for path, data in missing.items():
                place = self._place(path)
                folders.update(_made(place.parent))
                drafts[place] = _draft(place, data)
            # In the order given: whoever reads meanwhile finds what lies below first.
            for (place, draft), (path, data) in zip(drafts.items(), missing.items(), strict=True):
                try:
                    # Not a rename, which would replace what another process has written since.
                    os.link(draft, place)
                except FileExistsError:
                    assert self._stands(path, data), "or it was refused"
        for folder in folders:
            _sync(folder)

    def replace(self, path: str, data: bytes) -> None:
        """Write the one file that does change."""
        place = self._place(path)
        folders = _made(place.parent)
        with _drafts() as drafts:
            drafts[place] = _draft(place, data)
            drafts[place].replace(place)
        for folder in folders:
            _sync(folder)

    def drop_partials(self, size: int) -> int:
        """Delete partial tiles that have become full, and say of how many places.

        Those of the last full tile at each level stay: somebody may be reading the checkpoint
        that they belong to, and not know to ask for the full one.
        """
        dropped = 0
        for folder in list(self._root.glob("tile/**/*.p")):
            tile = Tile.parse(folder.relative_to(self._root).with_suffix("").as_posix())
            if (
                tile.index < count_at(tile.level, size) // WIDTH - 1
                and folder.with_suffix("").exists()
            ):
                shutil.rmtree(folder)
                dropped += 1
        return dropped

    def _stands(self, path: str, data: bytes) -> bool:
        """Tell whether a file is there already; one with other bytes is refused."""
        try:
            there = self.read(path)
        except Missing:
            return False
        if there != data:
            raise Rewritten(path=path)
        return True

    def _place(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if not parts or parts[0] == "/" or ".." in parts:
            raise Missing(path=path)
        return self._root.joinpath(*parts)


@contextmanager
def _drafts() -> Generator[dict[Path, Path]]:
    """Files that are not yet called by their names; what is left of them at the end goes."""
    drafts: dict[Path, Path] = {}
    try:
        yield drafts
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _draft(place: Path, data: bytes) -> Path:
    draft = place.with_name(f".{uuid4().hex}")
    with draft.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _made(folder: Path) -> dict[Path, None]:
    """Make a folder, and name every folder that has a new name in it, to be synced."""
    touched = {folder: None}
    lacking = folder
    while not lacking.exists():
        lacking = lacking.parent
        touched[lacking] = None
    folder.mkdir(parents=True, exist_ok=True)
    return touched


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
