"""Private keys in a file, a line each, for the eyes of their owner alone."""

import os
from collections.abc import Sequence
from pathlib import Path

from evenhand.tlog.errors import LogError, Malformed
from evenhand.tlog.signatures import SigningKey

KEY_FILE_BYTES_MAX = 64 * 1024


class AlreadyThere(LogError):
    """The file is there already; keys that it may hold are not replaced."""


def write_keys(path: Path, keys: Sequence[SigningKey]) -> None:
    """Write keys into a new file."""
    lines = "".join(f"{key.private_text}\n" for key in keys).encode()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise AlreadyThere(file=str(path)) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(lines)
        file.flush()
        os.fsync(descriptor)


def read_keys(path: Path) -> list[SigningKey]:
    """Read the keys of a file."""
    with path.open("rb") as file:
        data = file.read(KEY_FILE_BYTES_MAX + 1)
    if len(data) > KEY_FILE_BYTES_MAX:
        raise Malformed(f"A file of keys has at most {KEY_FILE_BYTES_MAX:,} bytes.", file=path)
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise Malformed("The file of the keys is not text.", file=path) from error
    return [SigningKey.parse(line) for line in lines]
