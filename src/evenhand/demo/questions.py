"""What the demo's tenants ask: tasks in the customers' API's words, and the truth beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that is uploaded before its task is submitted."""

    name: str
    content: bytes
    mime_type: str = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One task to submit; the truth, where it is known, stays with the demo."""

    unique_id: str
    params: Mapping[str, object]
    picture: Picture | None = None
    truth: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Questions of one kind, and how many annotations each of them wants."""

    name: str
    type: str
    params: Mapping[str, object]
    questions: Sequence[Question]
    policy: Mapping[str, object] = field(default_factory=dict[str, object])


def answer_of(response: Mapping[str, object] | None) -> str | None:
    """Read the one answer out of a response, where there is a single one."""
    given = response or {}
    answer = given.get("category", given.get("choice"))
    return answer if isinstance(answer, str) else None
