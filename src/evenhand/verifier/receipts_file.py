"""Receipts as a file: one for each line, or as the API answers them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from evenhand.receipts.receipt import Receipt
from evenhand.tlog.errors import Malformed

KEY_HEX_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsFile:
    """What a tenant keeps; with the key of its log more can be checked."""

    receipts: Sequence[Receipt]
    key: bytes | None = None


def read_receipts(data: bytes) -> ReceiptsFile:
    """Read receipts from JSON lines, a JSON array, or a page as the API answers it.

    An object that has a `key` and no `event` tells the key of the log. Raises `Malformed`.
    """
    key: bytes | None = None
    receipts: list[Receipt] = []
    for value in _values(data):
        head: Mapping[str, object] = {}
        if isinstance(value, Mapping):
            head = cast("Mapping[str, object]", value)
        if "event" not in head and "key" in head:
            key = _key(head["key"])
        else:
            receipts.append(Receipt.of_json(cast("object", value)))
    return ReceiptsFile(receipts=receipts, key=key)


def _values(data: bytes) -> Iterator[object]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed("The receipts are not UTF-8.") from error
    try:
        whole: object = json.loads(text)
    except ValueError:
        yield from _lines(text)
        return
    if isinstance(whole, Mapping) and "receipts" in whole:
        whole = cast("Mapping[str, object]", whole)["receipts"]
    if isinstance(whole, list):
        yield from cast("list[object]", whole)
    else:
        yield whole


def _lines(text: str) -> Iterator[object]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise Malformed("A line of the receipts is not JSON.", line=number) from error


def _key(value: object) -> bytes:
    try:
        key = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        key = b""
    if len(key) * 2 != KEY_HEX_LENGTH:
        raise Malformed(f"The key of a log is {KEY_HEX_LENGTH} hex digits.")
    return key
