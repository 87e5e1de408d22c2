"""Checkpoints (C2SP tlog-checkpoint): what a log says of itself, a text of three lines.

    <origin>
    <size in decimal>
    <base64 of the root>

Lines below these are opaque and kept as they are; ours have none, for nobody could audit them.
"""

from dataclasses import dataclass

from evenhand.tlog.errors import Malformed
from evenhand.tlog.fields import base64_of, hash_of, number_of
from evenhand.tlog.tree import EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries a log has, and what they add up to."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a note."""
        if not text.endswith("\n"):
            raise Malformed("The checkpoint does not end with a newline.")
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines):
            raise Malformed("A checkpoint has three lines or more, none of them empty.")
        origin, size, root, *extensions = lines
        found = cls(origin, number_of(size, "size"), hash_of(root, "root hash"), tuple(extensions))
        if found.size == 0 and found.root != EMPTY_ROOT:
            raise Malformed("The root hash is not that of an empty tree.")
        return found

    @property
    def text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), base64_of(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)
