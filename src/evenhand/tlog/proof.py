"""Proofs to keep (C2SP tlog-proof): that an entry is in a log, checked without the log.

c2sp.org/tlog-proof@v1
extra <base64>            (perhaps)
index <decimal>
<base64 of a sibling hash>...
<empty line>
<checkpoint as it was signed>
"""

from dataclasses import dataclass

from evenhand.tlog import tree
from evenhand.tlog.errors import Malformed
from evenhand.tlog.fields import base64_of, bytes_of, hash_of, number_of
from evenhand.tlog.note import NOTE_BYTES_MAX, Note, text_of
from evenhand.tlog.policy import Policy, Trusted

HEADER = "c2sp.org/tlog-proof@v1"
FILE_SUFFIX = ".tlog-proof"
PATH_MAX = 63  # siblings between a leaf and the root of the largest tree
EXTRA_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands in a log, and how that follows from a checkpoint."""

    index: int
    path: tuple[bytes, ...]
    note: Note
    # For whoever is to understand the entry; nothing vouches for it.
    extra: bytes | None = None

    @classmethod
    def parse(cls, data: bytes) -> "Proof":
        """Read a proof; what is not one to the byte is refused."""
        if len(data) > NOTE_BYTES_MAX + 2 * EXTRA_BYTES_MAX:
            raise Malformed("The proof is too large.")
        head, gap, note = text_of(data).partition("\n\n")
        header, *lines = head.split("\n")
        if header != HEADER or not gap:
            raise Malformed(f"A proof begins with {HEADER} and has an empty line.")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = bytes_of(lines.pop(0).removeprefix("extra "), "extra data")
        if not lines or not lines[0].startswith("index "):
            raise Malformed("The proof has no index.")
        index, *path = lines
        if len(path) > PATH_MAX:
            raise Malformed(f"The proof has more than {PATH_MAX} hashes.")
        return cls(
            number_of(index.removeprefix("index "), "index"),
            tuple(hash_of(line, "hash of the proof") for line in path),
            Note.parse(note.encode()),
            extra,
        )

    def __bytes__(self) -> bytes:
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64_of(self.extra)}")
        lines += [f"index {self.index}", *map(base64_of, self.path)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + bytes(self.note)

    def verify(self, leaf_hash: bytes, policy: Policy) -> Trusted:
        """Check that the leaf is in a log that the policy trusts, under a checkpoint it accepts."""
        trusted = policy.verify(self.note)
        checkpoint = trusted.checkpoint
        tree.verify_inclusion(
            leaf_hash, self.index, checkpoint.size, root=checkpoint.root, path=self.path
        )
        return trusted
