"""How a file is encoded: by what its sender says, by its byte-order mark, or else UTF-8."""

import codecs
from dataclasses import dataclass

from evenhand.foundation.errors import Invalid

HEAD_BYTES = 64 * 1024
# Of text in UTF-16 every other byte is zero where it is mostly ASCII; UTF-8 has hardly any.
ZEROS_LEAST = 4
ZEROS_SHARE = 4

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as that of UTF-16 does, so it comes before
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII = bytes(range(128))


class UnreadableFile(Invalid):
    """The file cannot be read."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The codec of a file, the bytes of its byte-order mark, and those of its unit of code."""

    name: str
    mark: bytes = b""
    width: int = 1

    @property
    def shown(self) -> str:
        """As people write it."""
        return self.name.upper() if self.name.startswith("utf") else self.name


def encoding_of(head: bytes, given: str | None) -> Encoding:
    """Tell the encoding of a file that begins so; what is said must not contradict its mark."""
    said = None if given is None else _known(given)
    mark, marked = next(((m, n) for m, n in _MARKS if head.startswith(m)), (b"", None))
    if marked is not None:
        if said is not None and not marked.startswith(said.removesuffix("-sig")):
            raise UnreadableFile(
                f"The file begins with the byte-order mark of {marked.upper()}, and {given} was "
                "given as its encoding. Leave the encoding out."
            )
        return Encoding(marked, mark, _width(marked))
    if said is None:
        zeros = head.count(0)
        if zeros >= ZEROS_LEAST and zeros * ZEROS_SHARE > len(head):
            raise UnreadableFile(
                "The file looks like UTF-16 without a byte-order mark, or is no text at all. If it "
                "is text, give its encoding, such as utf-16-le."
            )
        return Encoding("utf-8")
    if said in ("utf-16", "utf-32"):
        is_little = head[::2].count(0) <= head[1::2].count(0)
        said += "-le" if is_little else "-be"
    return Encoding(said.removesuffix("-sig"), b"", _width(said))


def _known(given: str) -> str:
    try:
        name = codecs.lookup(given).name
        # Lines can be told apart before they are decoded only where ASCII stands for itself.
        is_fit = name.startswith(("utf-16", "utf-32")) or _ASCII.decode(name).encode(
            "ascii"
        ) == _ASCII == _ASCII.decode("ascii").encode(name.removesuffix("-sig"))
    except (LookupError, UnicodeError, ValueError) as error:
        raise _unknown(given) from error
    if not is_fit:
        raise _unknown(given)
    return name.replace("_", "-")


def _unknown(given: str) -> UnreadableFile:
    return UnreadableFile(
        f"{given[:100]!r} is no encoding in which a file can be read. Give one such as utf-8, "
        "utf-16, latin-1, cp1252, cp1251, shift_jis, gb18030."
    )


def _width(name: str) -> int:
    return 2 if name.startswith("utf-16") else 4 if name.startswith("utf-32") else 1
