"""Encoding of texts as numbers, by the million: told apart and sorted by their bytes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.arrow import Column, pa, pc
from evenhand.quality.compiled import compiled

# With fewer, nothing is gained.
TEXTS_WORTH_READING = 10_000
DIGITS = "0123456789"
ZERO = ord("0")
DIGITS_MAX = 18  # what a number of 64 bits holds in any case

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Numbered:
    """Texts that are one prefix and a number each; `width` digits of it, or 0 if it varies."""

    numbers: Column
    prefix: str
    width: int
    kind: object

    def texts(self, numbers: Column) -> Column:
        """Write numbers as the texts that they stand for."""
        digits = numbers.cast(self.kind)
        if self.width:
            digits = pc.utf8_lpad(digits, self.width, "0")
        return pc.binary_join_element_wise(
            pa.scalar(self.prefix, self.kind), digits, pa.scalar("", self.kind)
        )


def numbers_in(column: Column) -> Numbered | None:
    """Read texts that differ in a running number alone; nothing if any is otherwise.

    Numbers have no zeros in front, or all have equally many digits: else two texts could share one.
    """
    if not _many_texts(column):
        return None
    first: str = column[0].as_py()
    prefix = first.rstrip(DIGITS)
    start = np.frombuffer(prefix.encode() + b" ", np.uint8)[:-1]
    numbers = np.empty(len(column), dtype=np.int64)
    seen = np.array([DIGITS_MAX + 1, 0, 0], dtype=np.int64)
    row = 0
    for chunk in column.chunks:
        if len(chunk) and not read_numbers(*_bytes_of(chunk), start, numbers[row:], seen):
            return None
        row += len(chunk)
    least, most, padded = seen.tolist()
    if padded and least != most:
        return None
    return Numbered(pa.chunked_array([numbers]), prefix, most if padded else 0, column.type)


@compiled
def read_numbers(starts: Places, text: Bytes, prefix: Bytes, numbers: Places, seen: Places) -> bool:
    """Read the number after the prefix of each text, or stop where there is none.

    `seen` keeps the fewest digits and the most, and whether any number has a zero in front.
    """
    for row in range(starts.size - 1):
        at, end = starts[row], starts[row + 1]
        digits = end - at - prefix.size
        if digits < 1 or digits > DIGITS_MAX:
            return False
        for byte in prefix:
            if text[at] != byte:
                return False
            at += 1
        seen[0], seen[1] = min(seen[0], digits), max(seen[1], digits)
        if digits > 1 and text[at] == ZERO:
            seen[2] = 1
        number = np.int64(0)
        while at < end:
            digit = np.int64(text[at]) - ZERO
            if digit < 0 or digit > 9:
                return False
            number = number * 10 + digit
            at += 1
        numbers[row] = number
    return True


def in_order(names: Column) -> NDArray[Any]:
    """Return the rows in ascending order of their names, which may be of any type."""
    if not _many_texts(names):
        return np.asarray(pc.sort_indices(names))
    # Names often begin alike. What follows, as a number, sorts several times as fast.
    bounds = pc.min_max(names)
    prefix = _alike(*(bounds[end].as_py().encode() for end in ("min", "max")))
    keys = np.empty(len(names), dtype=np.uint64)
    first_bytes(*_bytes_of(names), prefix, keys)
    order = np.argsort(keys)
    keys = keys[order]
    alike = np.zeros(len(names), dtype=np.bool_)
    alike[1:] = keys[1:] == keys[:-1]
    alike[:-1] |= alike[1:]
    # Names that share these bytes lie side by side, and are put in order as a whole.
    shared = order[alike]
    order[alike] = shared[np.asarray(pc.sort_indices(names.take(pa.array(shared))))]
    return order


def _alike(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


@compiled
def first_bytes(
    starts: NDArray[np.int64], text: NDArray[np.uint8], prefix: int, keys: NDArray[np.uint64]
) -> None:
    """Write the eight bytes after a prefix of each text as one number, the first byte leading."""
    for row in range(keys.size):
        key = np.uint64(0)
        for place in range(starts[row] + prefix, starts[row] + prefix + 8):
            byte = text[place] if place < starts[row + 1] else np.uint8(0)
            key = (key << np.uint64(8)) | np.uint64(byte)
        keys[row] = key


def _many_texts(column: Column) -> bool:
    text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    return text and len(column) >= TEXTS_WORTH_READING


def _bytes_of(texts: Column) -> tuple[Places, Bytes]:
    """Return where each text begins, and last where they end, and the bytes of all."""
    # The cast may make new buffers, that begin elsewhere: only its own offset tells where.
    cast = texts.cast(pa.large_string())
    _, starts, text = cast.buffers()
    places = np.frombuffer(starts, np.int64)[cast.offset : cast.offset + len(cast) + 1]
    assert places.size == len(texts) + 1, "every text has a beginning and an end"
    # Without a character there may be no buffer to look at.
    return places, np.frombuffer(text, np.uint8) if text else np.zeros(0, np.uint8)
