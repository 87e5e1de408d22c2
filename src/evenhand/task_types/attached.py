"""What a task shows: text that stands in the params, or a URL to be fetched."""

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from evenhand.task_types.contract import InvalidParams

ATTACHMENTS_MAX = 100  # attachments a task; more is a batch of tasks
URL_LENGTH_MAX = 8_192  # characters; signed URLs of object stores reach 2,000

AttachmentType: TypeAlias = Literal["text", "image", "audio", "video", "pdf", "website"]

ATTACHMENT_MENDS = {
    "attachment": "Please include an attachment or attachments parameter.",
    "attachments": "Please include an attachment or attachments parameter.",
    "attachment_type": "Send one of text, image, audio, video, pdf, website.",
}

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{0,31})://([^\s<>\"\\/?#]*)[^\s<>\"\\]*")
_FETCHED = frozenset({"http", "https"})
_STORED = "scaledata"  # this server's own files, in these letters alone


class Attachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing to look at, with its type."""

    type: AttachmentType
    content: str


def check_attachment(content: str, kind: AttachmentType, at: str) -> None:
    """Refuse blank text, and for all other types what is no URL that this server can fetch."""
    if kind == "text":
        if not content or content.isspace():
            raise InvalidParams("is blank", at=at, hint="Send the text to be shown.")
        return
    found = _URL.fullmatch(content) if len(content) <= URL_LENGTH_MAX else None
    if found is None or not found[2]:
        raise InvalidParams(
            f"is not an absolute URL of at most {URL_LENGTH_MAX:,} characters",
            at=at,
            hint="Send a URL such as https://example.com/picture.jpg, or attachment_type text.",
        )
    if found[1] != _STORED and found[1].lower() not in _FETCHED:
        raise InvalidParams(
            f"is a URL of {found[1].lower()}://, which this server cannot fetch",
            at=at,
            hint="Send an http(s) URL that your store has signed, or upload the file with "
            "POST /v1/files/upload and send the attachment_url that it answers.",
        )
    if "@" in found[2]:
        # What stands there is a secret, so the words are the same whatever it is.
        raise InvalidParams(
            "is a URL with a user or a password in it, which would be kept and shown with the task",
            at=at,
            hint="Send a URL that your store has signed, or upload the file with "
            "POST /v1/files/upload.",
        )


def check_attachments(attachments: list[Attachment], *, at_least: int = 1) -> None:
    """Refuse too few or too many attachments, and each that is refused by itself."""
    if not at_least <= len(attachments) <= ATTACHMENTS_MAX:
        raise InvalidParams(
            f"has {len(attachments):,} entries",
            at="attachments",
            hint=f"Send {at_least} to {ATTACHMENTS_MAX} attachments.",
        )
    for position, attachment in enumerate(attachments):
        check_attachment(attachment.content, attachment.type, f"attachments[{position}]")


def urls_of(attachments: Iterable[Attachment]) -> dict[str, AttachmentType]:
    """Return what has to be fetched and what it has to be, each URL once, in order."""
    kinds: dict[str, AttachmentType] = {}
    for one in attachments:
        if one.type != "text":
            kinds.setdefault(one.content, one.type)
    return kinds
