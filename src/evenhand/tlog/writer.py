"""A log written: entries become tiles, and only then does a checkpoint say that they are there.

Whoever writes keeps the entries durable elsewhere and in their order, as a database does: a
writer that was killed before it published writes the same files again, and finds them there. If
other entries come in their place, the log would have two histories, and nothing is published.
Writers of one log take turns, under a lock of whoever holds the entries.
"""

from collections.abc import Sequence

from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Forked, Missing, Unproven, Unsigned
from evenhand.tlog.note import Note
from evenhand.tlog.reading import LogReader
from evenhand.tlog.store import Store
from evenhand.tlog.tiles import (
    CHECKPOINT,
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    bundled,
    count_at,
    subtree_root,
)


class LogWriter:
    """The right edge of a log, to which entries are added."""

    def __init__(self, store: Store) -> None:
        """Begin a log with no entry."""
        self._store = store
        self.size = 0
        # What the partial tiles hold: entries behind their lengths, and hashes level by level.
        self._bundle: list[bytes] = []
        self._edge: list[list[bytes]] = []

    @classmethod
    def resume(cls, store: Store, *, size: int, root: bytes) -> "LogWriter":
        """Go on with a log where its writer knows it to stand; tiles that say otherwise refuse."""
        writer = cls(store)
        reader = LogReader(store.read, size)
        writer.size = size
        writer._edge = _edge_of(reader)
        if writer.root != root:
            raise Unproven("The tiles at the edge of the log do not add up to its root.")
        entries = [reader.entry(index) for index in range(size - size % WIDTH, size)]
        if entries and [tree.leaf_hash(entry) for entry in entries] != writer._edge[0]:
            raise Unproven("The entries at the edge of the log are not those of its tiles.")
        writer._bundle = [bundled(entry) for entry in entries]
        return writer

    @property
    def root(self) -> bytes:
        """What the entries add up to."""
        frontier = [root for row in reversed(self._edge) for root in tree.extend([], 0, row)]
        return tree.root_of(frontier)

    def append(self, entries: Sequence[bytes]) -> None:
        """Add entries and write every tile that is new; nothing of it is published yet."""
        if not entries:
            return
        files: dict[str, bytes] = {}
        rows = [*self._bundle, *map(bundled, entries)]
        bundle = self._cut(ENTRIES, rows, files)
        edge: list[list[bytes]] = []
        rising = [tree.leaf_hash(entry) for entry in entries]
        level = 0
        while rising or level < len(self._edge):
            row = [*(self._edge[level] if level < len(self._edge) else ()), *rising]
            full = range(0, len(row) - len(row) % WIDTH, WIDTH)
            # A level that gains nothing keeps its partial tile, which is there.
            edge.append(self._cut(level, row, files) if rising else row)
            rising = [subtree_root(row[at : at + WIDTH]) for at in full]
            level += 1
        self._store.create(files)
        self.size += len(entries)
        self._bundle, self._edge = bundle, edge

    def publish(self, note: Note) -> None:
        """Put a signed checkpoint in place of the last, if it is of this tree and not older."""
        checkpoint = Checkpoint.parse(note.text)
        if not note.signatures:
            raise Unsigned("Nobody has signed this checkpoint.")
        if (checkpoint.size, checkpoint.root) != (self.size, self.root):
            raise Unproven("The checkpoint is not of the tree whose tiles are written.")
        published = self._published()
        if published is not None:
            self._require_going_on(published, checkpoint)
        self._store.replace(CHECKPOINT, bytes(note))

    def _published(self) -> Checkpoint | None:
        try:
            return Checkpoint.parse(Note.parse(self._store.read(CHECKPOINT)).text)
        except Missing:
            return None

    def _require_going_on(self, published: Checkpoint, checkpoint: Checkpoint) -> None:
        if published.origin != checkpoint.origin:
            raise Forked("This folder holds another log.", origin=published.origin)
        if published.size > checkpoint.size:
            raise Forked(
                "A later checkpoint is published than this one: look for a second writer, or for "
                "a database that was restored to an earlier day.",
                published=published.size,
                size=checkpoint.size,
            )
        if LogReader(self._store.read, self.size).root(published.size) != published.root:
            raise Forked(
                "What is published is not how this tree began: look for a second writer.",
                published=published.size,
                size=checkpoint.size,
            )

    def _cut(self, level: int, row: list[bytes], files: dict[str, bytes]) -> list[bytes]:
        """Write a row that begins with a partial tile as tiles, and return the new partial one."""
        index = count_at(level, self.size) // WIDTH
        for at in range(0, len(row), WIDTH):
            content = row[at : at + WIDTH]
            files[Tile(level, index, len(content)).path] = b"".join(content)
            index += 1
        return row[len(row) - len(row) % WIDTH :]


def _edge_of(reader: LogReader) -> list[list[bytes]]:
    """The hashes of the partial tile at each level, the lowest level first."""
    edge: list[list[bytes]] = []
    level, count = 0, reader.size
    while count:
        first = count - count % WIDTH
        edge.append([reader.subtree(HEIGHT * level, index) for index in range(first, count)])
        level, count = level + 1, count // WIDTH
    return edge
