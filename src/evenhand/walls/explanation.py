"""The walls in Cedar: a second writing of what the database enforces, which says why.

The policies stand in `walls.cedar`. They decide nothing in the running system: `wall explain` asks
them, and a test holds them equal to the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeAlias
from uuid import UUID

POLICIES = Path(__file__).with_name("walls.cedar")
EPOCH = date(1970, 1, 1)

Action: TypeAlias = Literal["show", "lend"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RivalSeen:
    """A rival of a tenant, as somebody stands towards it.

    When something of it was last shown to them, if ever; and whether they hold something of it
    ahead of its turn that they may still be shown.
    """

    rival_id: UUID
    cooling_off_days: int
    last_shown: date | None
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """A rival on whose account something is refused, and the policies that say so."""

    rival: RivalSeen
    policies: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whether something of a tenant may be shown or lent to somebody on a day."""

    person_id: UUID
    tenant_id: UUID
    action: Action
    today: date
    rivals: Sequence[RivalSeen]


def explained(asked: Sequence[Asked]) -> list[list[Barred]]:
    """Say of each question on whose account it is refused: on nobody's where it is allowed."""
    requests = [_request(one, rival) for one in asked for rival in one.rivals]
    answers = iter(_answers(requests))
    found: list[list[Barred]] = []
    for one in asked:
        barred: list[Barred] = []
        for rival, answer in zip(one.rivals, answers, strict=False):
            assert not answer.diagnostics.errors, answer.diagnostics.errors
            if not answer.allowed:
                named = sorted(answer.diagnostics.id_annotations_by_reason.values())
                barred.append(Barred(rival=rival, policies=named))
        found.append(barred)
    return found


@cache
def _policies() -> Any:
    return _cedar().PolicySet.from_str(POLICIES.read_text(encoding="utf-8"))


def _cedar() -> Any:
    # Loaded when somebody asks, for it would take 30 ms of every start of a server. Its types
    # leave open what a request holds.
    return import_module("cedarpy")


def _answers(requests: list[dict[str, Any]]) -> list[Any]:
    if not requests:
        return []
    return _cedar().is_authorized_batch(requests, _policies(), [])


def _request(asked: Asked, rival: RivalSeen) -> dict[str, Any]:
    seen: dict[str, object] = {"cooling_off": rival.cooling_off_days, "is_held": rival.is_held}
    if rival.last_shown is not None:
        seen["last_shown"] = _day(rival.last_shown)
    return {
        "principal": {"type": "Person", "id": str(asked.person_id)},
        "action": {"type": "Action", "id": asked.action},
        "resource": {"type": "Tenant", "id": str(asked.tenant_id)},
        "context": {"today": _day(asked.today), "rival": seen},
    }


def _day(day: date) -> int:
    return (day - EPOCH).days
