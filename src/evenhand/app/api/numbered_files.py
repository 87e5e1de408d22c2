"""Attachments by number, so that a page learns no id by which a tenant knows its file."""

from collections.abc import Mapping
from uuid import UUID

from evenhand.foundation.errors import NotFound


def addresses(files: Mapping[str, str], at: str) -> dict[str, str]:
    """Where each attachment of a task is read, by its URL: below `at`, which is shown a task."""
    return {
        url: f"/api/assignments/{at}/files/{number}" for number, url in enumerate(sorted(files))
    }


def file_id(files: Mapping[str, str], number: int) -> UUID:
    """Which file the attachment of this number is."""
    ids = [file_id for _, file_id in sorted(files.items())]
    if not 0 <= number < len(ids):
        raise NotFound(f"This task has no attachment {number}.")
    return UUID(ids[number])
