"""The wall, written down a second time: it follows from the entries of all tenants' logs alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

Entry = tuple[str, Mapping[str, Any]]  # of which tenant, and what


@dataclass
class Model:
    """Who is whose rival, who was shown what, and what is open; `violations` says what is wrong."""

    parties: dict[str, set[str]] = field(default_factory=dict)
    declared: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    last_shown: dict[tuple[str, str], date] = field(default_factory=dict)
    ahead: dict[str, tuple[str, str]] = field(default_factory=dict)
    open: dict[tuple[str, str], int] = field(default_factory=dict)
    had: set[tuple[str, str, str]] = field(default_factory=set)
    lent: dict[str, tuple[str, str]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    walled_off: int = 0

    def rivals(self, tenant: str) -> Iterable[tuple[str, int]]:
        """The rivals of a tenant, with the days of each declaration."""
        for by, key, days in self.declared.values():
            if by == tenant:
                yield from ((one, days) for one, keys in self.parties.items() if key in keys)
            elif key in self.parties[tenant]:
                yield by, days

    def stands(self, person: str, tenant: str, today: date) -> bool:
        """Whether something of a rival was shown to the person too lately."""
        return any(
            rival != tenant
            and (person, rival) in self.last_shown
            and today <= self.last_shown[person, rival] + timedelta(days=days)
            for rival, days in self.rivals(tenant)
        )

    def walled(self, person: str, tenant: str, today: date) -> bool:
        """Whether nothing may be lent: a wall stands, or would once what they hold is shown."""
        holds = {
            of
            for who, of in self.ahead.values()
            if who == person and of != tenant and not self.stands(person, of, today)
        }
        return self.stands(person, tenant, today) or any(
            rival in holds for rival, _ in self.rivals(tenant)
        )

    def eligible(self, person: str, today: date) -> list[str]:
        """Whose tasks could be lent to the person now."""
        waiting = {
            tenant
            for (tenant, task), count in self.open.items()
            if count > 0 and (tenant, task, person) not in self.had
        }
        free = [one for one in waiting if not self.walled(person, one, today)]
        self.walled_off += len(waiting) - len(free)
        return free

    def follow(self, tenant: str, event: Mapping[str, Any]) -> None:
        """Take one entry."""
        kind, today = event["kind"], date.fromisoformat(event["at"][:10])
        match kind:
            case "party.added":
                self.parties.setdefault(tenant, set()).add(event["party_key"])
            case "party.removed":
                self.parties[tenant].discard(event["party_key"])
            case "conflict.declared":
                self.declared[event["declaration_id"]] = (
                    tenant, event["other_key"], event["cooling_off_days"],
                )  # fmt: skip
            case "conflict.withdrawn":
                del self.declared[event["declaration_id"]]
            case "assignment.leased":
                self._leased(tenant, event, today)
            case "assignment.shown":
                person = event["annotator_id"]
                if self.stands(person, tenant, today):
                    self.violations.append(f"{event} was shown behind a wall")
                self._show(person, tenant, today)
                self.ahead.pop(event["assignment_id"], None)
            case "assignment.expired" | "annotation.accepted" | "assignment.skipped":
                self.ahead.pop(event["assignment_id"], None)
            case _:
                pass
        if kind == "assignment.expired":
            self.had.discard((tenant, *self.lent[event["assignment_id"]]))
        if kind == "annotation.accepted":
            self.had.add((tenant, event["task_id"], event["annotator_id"]))
        change = event.get("opened", 0) - event.get("withdrawn", 0)
        if change:
            place = (tenant, event["task_id"])
            self.open[place] = self.open.get(place, 0) + change

    def _leased(self, tenant: str, event: Mapping[str, Any], today: date) -> None:
        person = event["annotator_id"]
        if self.walled(person, tenant, today):
            self.violations.append(f"{event} was lent behind a wall")
        self.lent[event["assignment_id"]] = (event["task_id"], person)
        self.had.add((tenant, event["task_id"], person))
        self.open[tenant, event["task_id"]] -= 1
        if event["shown"]:
            self._show(person, tenant, today)
        else:
            self.ahead[event["assignment_id"]] = (person, tenant)

    def _show(self, person: str, tenant: str, today: date) -> None:
        before = self.last_shown.get((person, tenant), today)
        self.last_shown[person, tenant] = max(before, today)
