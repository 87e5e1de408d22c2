"""Transcription: write down what is shown, field by field, and row by row where rows repeat."""

import json
from collections.abc import Mapping
from functools import partial

import msgspec

from evenhand.quality.live.kinds.fields import FIELDS
from evenhand.task_types.attached import (
    ATTACHMENT_MENDS,
    Attachment,
    AttachmentType,
    check_attachment,
    urls_of,
)
from evenhand.task_types.contract import (
    InvalidParams,
    InvalidResponse,
    Params,
    Reading,
    Response,
    TaskType,
    canonical,
)
from evenhand.task_types.keyed_fields import check_keys, filled_in
from evenhand.task_types.outside import params_of, present, response_of

ROWS_MAX = 1_000  # rows a response; a page of a ledger has about 60

_FIELD = "fields/"
_ROWS = "repeatable_fields"
_MENDS = {
    **ATTACHMENT_MENDS,
    "fields": 'Send {"title": "The title of the page"}: what to write, and how it is asked for.',
    "repeatable_fields": 'Send {"price": "The price on the line"}, as for fields.',
}


class TranscriptionParams(msgspec.Struct, frozen=True, kw_only=True):
    """The params of a transcription."""

    attachment: str
    attachment_type: AttachmentType
    fields: dict[str, str] | None = None
    repeatable_fields: dict[str, str] | list[str] | None = None


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    fields: dict[str, str | None] = {}
    repeatable_fields: list[dict[str, str | None]] = []


def parse_params(raw: Params) -> dict[str, object]:
    """Prove the params of a transcription; fields, repeatable fields or both are asked for."""
    echo = present(raw)
    params = params_of(echo, TranscriptionParams, _MENDS)
    check_attachment(params.attachment, params.attachment_type, "attachment")
    if params.fields is None and params.repeatable_fields is None:
        raise InvalidParams("is missing", at="fields", hint=_MENDS["fields"])
    if params.fields is not None:
        check_keys(params.fields, "fields")
    if params.repeatable_fields is not None:
        check_keys(_row(params), "repeatable_fields")
    return echo


def _row(params: TranscriptionParams) -> Mapping[str, str]:
    asked = params.repeatable_fields or {}
    return asked if isinstance(asked, dict) else dict.fromkeys(asked, "")


def attachments(params: Params) -> dict[str, AttachmentType]:
    """Return the URL to fetch, unless the attachment is text."""
    parsed = params_of(params, TranscriptionParams, _MENDS)
    return urls_of([Attachment(type=parsed.attachment_type, content=parsed.attachment)])


def check_response(params: Params, response: Response) -> dict[str, object]:
    """Prove a response; every field asked for comes out, an empty string where nothing was."""
    parsed = params_of(params, TranscriptionParams, _MENDS)
    given = response_of(response, _Response)
    checked: dict[str, object] = {"fields": filled_in(parsed.fields or {}, given.fields, "fields")}
    row = _row(parsed)
    if len(given.repeatable_fields) > (ROWS_MAX if row else 0):
        raise InvalidResponse(
            f"has {len(given.repeatable_fields):,} rows",
            at="repeatable_fields",
            hint=f"Send at most {ROWS_MAX:,}, and only if the task has repeatable_fields.",
        )
    if row:
        checked["repeatable_fields"] = [
            filled_in(row, one, f"repeatable_fields[{position}]")
            for position, one in enumerate(given.repeatable_fields)
        ]
    return checked


def canned_response(params: Params) -> dict[str, object]:
    """Answer a test task with `test response` in every field, and in two rows."""
    parsed = params_of(params, TranscriptionParams, _MENDS)
    canned: dict[str, object] = {"fields": dict.fromkeys(parsed.fields or {}, "test response")}
    if parsed.repeatable_fields is not None:
        canned["repeatable_fields"] = [dict.fromkeys(_row(parsed), "test response")] * 2
    return check_response(params, canned)


def reading(params: Params) -> Reading[Mapping[str, str]]:
    """Read a text for each field; all rows together count as one field."""
    return Reading(kind=FIELDS, answer=_texts, response=partial(_response_of_texts, params))


def _texts(response: Response) -> Mapping[str, str]:
    fields = msgspec.convert(response["fields"], dict[str, str])
    texts = {_FIELD + key: text for key, text in fields.items()}
    if _ROWS in response:
        texts[_ROWS] = canonical(response[_ROWS])
    return texts


def _response_of_texts(params: Params, texts: Mapping[str, str]) -> dict[str, object]:
    worded: dict[str, object] = {
        "fields": {
            key.removeprefix(_FIELD): text for key, text in texts.items() if key.startswith(_FIELD)
        }
    }
    if _ROWS in texts:
        worded[_ROWS] = json.loads(texts[_ROWS])
    return check_response(params, worded)


TRANSCRIPTION = TaskType(
    name="transcription",
    params=TranscriptionParams,
    parse_params=parse_params,
    attachments=attachments,
    check_response=check_response,
    canned_response=canned_response,
    reading=reading,
)
