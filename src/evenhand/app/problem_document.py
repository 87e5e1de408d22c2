"""An error in the words of RFC 9457."""

import re
from collections.abc import Mapping

MEDIA_TYPE = "application/problem+json"


def problem_document(
    status: int, name: str, detail: str, details: Mapping[str, object]
) -> dict[str, object]:
    """Word an error as a problem document does; its type is made of its class's name."""
    slug = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    return {
        **details,
        "type": f"/problems/{slug}",
        "title": slug.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
    }
