"""What logs and witnesses say to each other (C2SP tlog-witness, `add-checkpoint`).

    old <size of the checkpoint that the witness cosigned last>
    <base64 of a hash of the consistency proof>...
    <empty line>
    <checkpoint as it was signed>

The answer is the witness's signature lines; where the old size is another, 409 and that size.
"""

from dataclasses import dataclass

from evenhand.tlog.errors import Malformed
from evenhand.tlog.fields import base64_of, hash_of, number_of
from evenhand.tlog.note import NOTE_BYTES_MAX, Note, Signature, text_of

ADD_CHECKPOINT = "add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
PATH_MAX = 63
REQUEST_BYTES_MAX = NOTE_BYTES_MAX + 4096


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A checkpoint for a witness, with the proof that it continues the one of the old size."""

    old_size: int
    path: tuple[bytes, ...]
    note: Note

    @classmethod
    def parse(cls, data: bytes) -> "AddCheckpoint":
        """Read a request body; what is not one to the byte is refused."""
        head, gap, note = text_of(data).partition("\n\n")
        old, *path = head.split("\n")
        if not gap or not old.startswith("old "):
            raise Malformed("A request begins with the old size and has an empty line.")
        if len(path) > PATH_MAX:
            raise Malformed(f"The proof has more than {PATH_MAX} hashes.")
        return cls(
            number_of(old.removeprefix("old "), "old size"),
            tuple(hash_of(line, "hash of the proof") for line in path),
            Note.parse(note.encode()),
        )

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old_size}", *map(base64_of, self.path)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + bytes(self.note)


def cosignatures_of(answer: bytes) -> list[Signature]:
    """Read the signature lines that a witness answered with."""
    text = text_of(answer)
    if not text.endswith("\n"):
        raise Malformed("The answer does not end with a newline.")
    return [Signature.parse(line) for line in text.removesuffix("\n").split("\n")]


def size_of(answer: bytes) -> int:
    """Read the size that a witness answered with, which it cosigned last."""
    return number_of(text_of(answer).removesuffix("\n"), "size")
