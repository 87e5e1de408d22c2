"""Where the files of a log lie: a folder, or anything else that can do these three things."""

import os
import shutil
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol
from uuid import uuid4

from evenhand.tlog.errors import Missing, Rewritten
from evenhand.tlog.tiles import WIDTH, Tile, count_at

# Written one by one, the files of 100,000 entries take six times as long.
SYNCS_AT_ONCE = 8


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
        places = {self._place(path): data for path, data in files.items()}
        new = {place: data for place, data in places.items() if not _stands(place, data)}
        # Also of those that stand: whoever linked them may have been killed before this.
        folders = _made(place.parent for place in places)
        with _drafts_of(new) as drafts:
            # In the order given: whoever reads meanwhile finds what lies below first.
            for place, draft in drafts.items():
                try:
                    # Not a rename, which would replace what another process has written since.
                    os.link(draft, place)
                except FileExistsError:
                    _stands(place, new[place])
        _each(_sync, folders)

    def replace(self, path: str, data: bytes) -> None:
        """Write the one file that does change."""
        place = self._place(path)
        folders = _made([place.parent])
        with _drafts_of({place: data}) as drafts:
            drafts[place].replace(place)
        _each(_sync, folders)

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

    def _place(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if not parts or parts[0] == "/" or ".." in parts:
            raise Missing(path=path)
        return self._root.joinpath(*parts)


def _stands(place: Path, data: bytes) -> bool:
    """Tell whether a file is there already; one with other bytes is refused."""
    try:
        there = place.read_bytes()
    except FileNotFoundError:
        return False
    if there != data:
        raise Rewritten(path=str(place))
    return True


@contextmanager
def _drafts_of(files: Mapping[Path, bytes]) -> Generator[dict[Path, Path]]:
    """Files that are on the disk and not yet called by their names; what is left of them goes."""
    drafts = {place: place.with_name(f".{uuid4().hex}") for place in files}
    try:
        _each(lambda place: _write(drafts[place], files[place]), files)
        yield drafts
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _write(draft: Path, data: bytes) -> None:
    with draft.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _each(step: Callable[[Path], None], paths: Collection[Path]) -> None:
    """Do it for several at once, so that one commit of the file system's journal serves many."""
    with ThreadPoolExecutor(max(1, min(SYNCS_AT_ONCE, len(paths)))) as threads:
        for _ in threads.map(step, paths):
            pass


def _made(folders: Iterable[Path]) -> list[Path]:
    """Make folders, and list every folder in which a name is new or will be, to be synced."""
    touched: dict[Path, None] = {}
    for folder in dict.fromkeys(folders):
        touched[folder] = None
        lacking = folder
        while not lacking.exists():
            lacking = lacking.parent
            touched[lacking] = None
        folder.mkdir(parents=True, exist_ok=True)
    return list(touched)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
