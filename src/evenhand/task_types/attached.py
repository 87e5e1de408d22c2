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

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,31}://[^\s<>\"\\]+")


class Attachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing to look at, with its type."""

    type: AttachmentType
    content: str


def check_attachment(content: str, kind: AttachmentType, at: str) -> None:
    """Refuse blank text, and for all other types what is not an absolute URL."""
    if kind == "text":
        if not content or content.isspace():
            raise InvalidParams("is blank", at=at, hint="Send the text to be shown.")
    elif len(content) > URL_LENGTH_MAX or not _URL.fullmatch(content):
        raise InvalidParams(
            f"is not an absolute URL of at most {URL_LENGTH_MAX:,} characters",
            at=at,
            hint="Send a URL such as https://example.com/picture.jpg, or attachment_type text.",
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


def urls_of(attachments: Iterable[Attachment]) -> list[str]:
    """Return what has to be fetched, each URL once, in order."""
    return list(dict.fromkeys(one.content for one in attachments if one.type != "text"))
