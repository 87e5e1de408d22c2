"""What a witness remembers: of each log the checkpoint that it cosigned last.

One file a log, named after the SHA-256 of its origin. To look and to write is one step, under a
lock that holds between processes too: otherwise a smaller checkpoint, checked before a larger one
and written after it, would roll the log back.
"""

import fcntl
import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Missing
from evenhand.tlog.note import Note
from evenhand.tlog.store import Folder

SEEN = "seen"
EVIDENCE = "evidence"
# A log that signs hundreds of forks has been caught; its disk is not the witness's.
EVIDENCE_MAX = 64


class Memory:
    """The checkpoints of a witness, in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = Folder(folder)

    def last(self, origin: str) -> Note | None:
        """The checkpoint of a log that was cosigned last, with those cosignatures."""
        return self.last_of_hash(hash_of_origin(origin))

    def last_of_hash(self, origin_hash: str) -> Note | None:
        """The same, by the name of the log's file."""
        try:
            return Note.parse(self._store.read(f"{SEEN}/{origin_hash}"))
        except Missing:
            return None

    @contextmanager
    def alone(self, origin: str) -> Generator[None]:
        """Keep all others from what is remembered of a log, in this process and any other."""
        lock = self._folder / SEEN / f"{hash_of_origin(origin)}.lock"
        lock.parent.mkdir(exist_ok=True)
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def keep(self, note: Note) -> None:
        """Remember a checkpoint; it has reached the disk when this returns."""
        origin = Checkpoint.parse(note.text).origin
        self._store.replace(f"{SEEN}/{hash_of_origin(origin)}", bytes(note))

    def keep_fork(self, one: Note, other: Note) -> None:
        """Keep two checkpoints that a log has signed and that no history leads through."""
        for note in (one, other):
            checkpoint = Checkpoint.parse(note.text)
            folder = f"{EVIDENCE}/{hash_of_origin(checkpoint.origin)}"
            name = f"{checkpoint.size}-{checkpoint.root.hex()[:16]}"
            there = self._folder / folder
            if there.is_dir() and sum(1 for _ in there.iterdir()) >= EVIDENCE_MAX:
                return
            self._store.replace(f"{folder}/{name}", bytes(note))


def hash_of_origin(origin: str) -> str:
    """The name under which a log is remembered, in hex."""
    return hashlib.sha256(origin.encode()).hexdigest()
