"""JSON that stands in files and options, however deep or broken it may be."""

import codecs
from pathlib import Path
from typing import cast

import msgspec

from evenhand.app.door.bodies import NODES_MAX
from evenhand.app.door.nodes import NodeCounter
from evenhand.foundation.errors import Invalid
from evenhand.foundation.row_files import encoding_of

FILE_BYTES_MAX = 16 * 1024 * 1024  # as much as one call of the API takes

_MARK = "\ufeff"


class NotJson(Invalid):
    """What was given is not JSON."""


class NotAnObject(Invalid):
    """What was given is not a JSON object."""


def decoded(text: str | bytes, *, wanted: str = "JSON") -> object:
    """Read JSON, or say where it breaks off; a byte-order mark before it is passed over."""
    if isinstance(text, bytes):
        text = text.removeprefix(codecs.BOM_UTF8)
    else:
        text = text.removeprefix(_MARK)
    # A value has a character at least, so what is shorter than that many values holds fewer.
    if len(text) > NODES_MAX:
        raw = text.encode(errors="replace") if isinstance(text, str) else text
        if NodeCounter().take(raw) > NODES_MAX:
            raise NotJson(f"The JSON holds more than {NODES_MAX:,} values. Give less at once.")
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError as error:
        raise NotJson(f"This is not {wanted}: {error}. Correct it there.") from error
    except UnicodeError as error:
        where = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise NotJson(f"The JSON is not UTF-8{where}. Correct it there.") from error
    except RecursionError as error:
        raise NotJson("The JSON is nested too deeply. Flatten it.") from error


def object_of(text: str | bytes) -> dict[str, object]:
    """Read a JSON object."""
    value = decoded(text, wanted="a JSON object")
    if type(value) is not dict:
        raise NotAnObject('This is not a JSON object, such as {"name": "value"}.')
    return cast("dict[str, object]", value)


def object_in(argument: str) -> dict[str, object]:
    """Read a JSON object out of an argument, or out of the file that it names as @FILE."""
    return object_of(_content(Path(argument[1:])) if argument.startswith("@") else argument)


def _content(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise NotAnObject(f"{file} cannot be read: {error.strerror}.") from error
    if len(content) > FILE_BYTES_MAX:
        raise NotAnObject(f"{file} has more than {FILE_BYTES_MAX:,} bytes. Give a smaller file.")
    encoding = encoding_of(content, None)
    try:
        return content[len(encoding.mark) :].decode(encoding.name)
    except UnicodeDecodeError as error:
        place = len(encoding.mark) + error.start
        line = content[:place].count(b"\n") + 1
        raise NotAnObject(
            f"{file} is not {encoding.shown}: byte {place:,}, in line {line:,}. Correct it there."
        ) from error
