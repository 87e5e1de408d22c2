"""Signed notes (C2SP signed-note): a text, and lines by which keys sign it.

    <text, ending in a newline>
    <empty line>
    — <key name> <base64 of 4 bytes of key id, then the signature>

A note is read before anything in it is believed: `signatures.verified` says who signed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from evenhand.tlog.errors import Malformed
from evenhand.tlog.fields import base64_of, bytes_of

# The specification asks for at least 16; with ML-DSA-44 each takes 3.3 kB.
SIGNATURES_MAX = 64
NOTE_BYTES_MAX = 256 * 1024
ID_BYTES = 4
_DASH = "— "


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line: the key that it names, and what that key is said to have written."""

    name: str
    key_id: int
    payload: bytes

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """Read one line without its newline."""
        words = line.removeprefix(_DASH).split(" ")
        if not line.startswith(_DASH) or len(words) != 2:
            raise Malformed("A signature line is not a dash, a key name and a signature.")
        name, encoded = words
        require_name(name)
        data = bytes_of(encoded, "signature")
        if len(data) <= ID_BYTES:
            raise Malformed("A signature is too short to hold a key id and more.")
        return cls(name, int.from_bytes(data[:ID_BYTES]), data[ID_BYTES:])

    @property
    def line(self) -> str:
        """The line with its newline."""
        return f"{_DASH}{self.name} {base64_of(self.key_id.to_bytes(ID_BYTES) + self.payload)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signatures, none of which has been checked."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> "Note":
        """Read a note; what is not one to the byte is refused."""
        if len(data) > NOTE_BYTES_MAX:
            raise Malformed(f"The note is larger than {NOTE_BYTES_MAX} bytes.")
        whole = text_of(data)
        # The text may hold empty lines; the last one ends it.
        text, gap, lines = whole.rpartition("\n\n")
        if not gap or not text:
            raise Malformed("The note has no empty line between its text and its signatures.")
        if not lines.endswith("\n"):
            raise Malformed("The note does not end with a newline.")
        signatures = lines.removesuffix("\n").split("\n")
        if len(signatures) > SIGNATURES_MAX:
            raise Malformed(f"The note has more than {SIGNATURES_MAX} signatures.")
        return cls(f"{text}\n", tuple(map(Signature.parse, signatures)))

    def signed(self, more: Iterable[Signature]) -> "Note":
        """Add signatures, once each."""
        return replace(self, signatures=tuple(dict.fromkeys((*self.signatures, *more))))

    def __bytes__(self) -> bytes:
        return f"{self.text}\n{signature_lines(self.signatures)}".encode()


def signature_lines(signatures: Iterable[Signature]) -> str:
    """Write signatures one below the other, as a witness answers."""
    return "".join(signature.line for signature in signatures)


def text_of(data: bytes) -> str:
    """Read UTF-8 without control characters other than newlines."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("The text is not UTF-8.") from error
    if any(char < " " and char != "\n" for char in text):
        raise Malformed("The text has a control character.")
    return text


def require_name(name: str) -> None:
    """Refuse a key name that is empty, or has a space or a plus."""
    if not name or "+" in name or any(char.isspace() for char in name):
        raise Malformed("A key name is empty, or has a space or a plus in it.", name=repr(name))
