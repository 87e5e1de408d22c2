"""Orders looked at together: placed, completed by their projects, matched with stored files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

import msgspec

from evenhand import datasets
from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import EvenhandError, Invalid
from evenhand.foundation.outgoing import UrlRefused, checked_url
from evenhand.foundation.rows import many
from evenhand.task_types import Invalid as InvalidTask
from evenhand.task_types import task_type
from evenhand.work.intake.attachments import link_files
from evenhand.work.intake.orders import Order, composed, inherited
from evenhand.work.intake.sameness import Suspect, differences, taken_by_another
from evenhand.work.projects.placement import Placement, Wanted, place
from evenhand.work.tasks.tasks import (
    NewTask,
    Opening,
    Task,
    annotations_wanted,
    holders_of,
    new_task_ids,
    open_tasks,
    opened,
    taken,
)

QUERIES = sql.beside(__file__)

STORED = "scaledata://"
# One for all tasks that only show text: what is made for each costs the collector most.
_NO_FILES: Mapping[str, UUID | None] = MappingProxyType({})
_NOTHING: Mapping[str, str] = MappingProxyType({})


class AttachmentMissing(Invalid):
    """The attachment is not among your files; upload it first."""


class AttachmentUnfit(Invalid):
    """The attachment is not what the task has to show."""


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """An order that can be opened as a task."""

    opening: Opening
    placement: Placement


class Opened(msgspec.Struct, frozen=True, gc=False):
    """An order that has become a task: the one of this number in a call of this moment."""

    opening: Opening
    placement: Placement
    now: datetime
    number: int

    @property
    def offered(self) -> int:
        """How many assignments were opened with it: none while it waits, nor for a test."""
        new = self.opening.new
        is_offered = self.opening.stage == "open" and new.purpose == "live" and not new.is_test
        return annotations_wanted(self.placement) if is_offered else 0

    def task(self) -> Task:
        """The task as it stands now."""
        created_at = self.now + timedelta(microseconds=self.number)
        return opened(self.opening, self.placement, now=created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An order that cannot, and what its sender is to be told."""

    error: EvenhandError | InvalidTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """An order of which there is a task already, by its unique_id and by all that it says."""

    unique_id: str
    task_id: str


Admission: TypeAlias = Admitted | Refused
Entry: TypeAlias = Opened | Existing | Refused


async def admit(tx: Tx, orders: Sequence[Order], *, now: datetime) -> list[Admission]:
    """Say of each order, in their order, how it would be opened, or why it cannot be."""
    together: dict[tuple[str, Wanted], list[int]] = {}
    for number, order in enumerate(orders):
        together.setdefault((order.type, order.wanted), []).append(number)
    found: dict[int, tuple[NewTask, Placement] | Refused] = {}
    for (type_name, wanted), numbers in together.items():
        try:
            placement = await place(tx, wanted, now=now)
            inheritance = inherited(type_name, placement)
        except (EvenhandError, InvalidTask) as error:
            found.update(dict.fromkeys(numbers, Refused(error=error)))
            continue
        for number in numbers:
            try:
                found[number] = composed(orders[number], inheritance), placement
            except InvalidTask as error:
                found[number] = Refused(error=error)
    return await _with_files(tx, [found[number] for number in range(len(orders))], now)


async def enter(tx: Tx, admissions: Sequence[Admission], *, now: datetime) -> list[Entry]:
    """Open what was admitted; of two with one unique_id, the first is opened.

    The second is told its task where it says the same, and is refused where it says anything else.
    """
    together: dict[tuple[str, int], list[tuple[int, Admitted]]] = {}
    entries: dict[int, Entry] = {}
    for number, admission in enumerate(admissions):
        if isinstance(admission, Refused):
            entries[number] = admission
        else:
            key = (admission.opening.new.type, id(admission.placement))
            together.setdefault(key, []).append((number, admission))
    for admitted in together.values():
        entries.update(await _entered(tx, admitted, now))
    return [entries[number] for number in range(len(admissions))]


async def _entered(
    tx: Tx, admitted: Sequence[tuple[int, Admitted]], now: datetime
) -> dict[int, Entry]:
    placement = admitted[0][1].placement
    openings = [one.opening for _, one in admitted]
    places = [number for number, _ in admitted]
    entered = await open_tasks(tx, openings, placement, now=now, places=places)
    await link_files(tx, [opening for opening in openings if opening.task_id in entered], now=now)
    left = [(number, one.opening) for number, one in admitted if one.opening.task_id not in entered]
    return {
        **{
            number: Opened(one.opening, placement, now, number)
            for number, one in admitted
            if one.opening.task_id in entered
        },
        **(await _held(tx, left, placement) if left else {}),
    }


async def _held(
    tx: Tx, left: Sequence[tuple[int, Opening]], placement: Placement
) -> dict[int, Entry]:
    """Say of orders whose unique_ids are in use whether their tasks are the ones they ask for."""
    unique_ids = [opening.new.unique_id for _, opening in left]
    assert None not in unique_ids, "nothing but a unique_id keeps a task from being entered"
    holders = await holders_of(
        tx, [one for one in unique_ids if one], is_test=left[0][1].new.is_test
    )
    entries: dict[int, Entry] = {}
    suspects: list[Suspect] = []
    for (number, opening), unique_id in zip(left, unique_ids, strict=True):
        holder = holders.get(unique_id or "")
        if holder is None:
            # Its holder gave it up between the two statements: to try again will do.
            entries[number] = Refused(error=taken(str(unique_id), None))
        elif holder.asked == opening.new.asked:
            entries[number] = Existing(unique_id=holder.unique_id, task_id=holder.task_id)
        else:
            suspects.append(Suspect(number, opening.new, holder.task_id))
    differing = await differences(tx, suspects, placement)
    for one in suspects:
        unique_id, names = str(one.new.unique_id), differing.get(one.number)
        if names:
            entries[one.number] = Refused(error=taken_by_another(unique_id, one.task_id, names))
        else:
            entries[one.number] = Existing(unique_id=unique_id, task_id=one.task_id)
    return entries


async def _with_files(
    tx: Tx, found: Sequence[tuple[NewTask, Placement] | Refused], now: datetime
) -> list[Admission]:
    shown = [
        _NOTHING if isinstance(one, Refused) else task_type(one[0].type).attachments(one[0].params)
        for one in found
    ]
    ids = {url: _file_id(url) for urls in shown for url in urls if url.startswith(STORED)}
    stored = await _stored(tx, [file_id for file_id in ids.values() if file_id is not None])
    admissions: list[Admission] = []
    task_ids = new_task_ids(now, len(found))
    for task_id, one, urls in zip(task_ids, found, shown, strict=True):
        if isinstance(one, Refused):
            admissions.append(one)
            continue
        new, placement = one
        files, must_fetch = _NO_FILES, False
        if urls:
            refusal = _refusal(new, urls, ids, stored)
            if refusal is not None:
                admissions.append(Refused(error=refusal))
                continue
            files = {url: _shown(url, ids, stored) for url in urls}
            must_fetch = any(url not in ids for url in urls)
        stage = _stage(new, placement, must_fetch)
        opening = Opening(task_id=task_id, new=new, stage=stage, files=files, kinds=urls)
        admissions.append(Admitted(opening, placement))
    return admissions


def _refusal(
    new: NewTask,
    urls: Mapping[str, str],
    ids: Mapping[str, UUID | None],
    stored: Mapping[UUID | None, "_Stored"],
) -> EvenhandError | None:
    """Say why one of its attachments keeps a task from being opened, if one does."""
    for url, kind in urls.items():
        if url in ids:
            file = stored.get(ids[url])
            if file is None or file.is_test is not new.is_test:
                return _missing(url)
            unfit = datasets.why_unfit(kind, file)
            if unfit is not None:
                return AttachmentUnfit(f"The attachment {url} cannot be shown. {unfit}")
            continue
        try:
            checked_url(url)
        except UrlRefused as error:
            return UrlRefused(f"The attachment {url[:200]} cannot be fetched. {error.message}")
    return None


def _stage(new: NewTask, placement: Placement, must_fetch: bool) -> str:
    if new.is_test:
        return "open"
    if must_fetch:
        return "preparing"
    return "staged" if placement.staged else "open"


def _file_id(url: str) -> UUID | None:
    try:
        return UUID(url.removeprefix(STORED))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored(datasets.Found):
    file_id: UUID
    is_test: bool
    shown_id: UUID


async def _stored(tx: Tx, file_ids: Sequence[UUID]) -> dict[UUID | None, _Stored]:
    if not file_ids:
        return {}
    found = await many(tx, QUERIES["files_among"], _Stored, file_ids=list(set(file_ids)))
    return {file.file_id: file for file in found}


def _shown(
    url: str, ids: Mapping[str, UUID | None], stored: Mapping[UUID | None, _Stored]
) -> UUID | None:
    file = stored.get(ids.get(url))
    return None if file is None else file.shown_id


def _missing(url: str) -> AttachmentMissing:
    return AttachmentMissing(
        f"The attachment {url[:200]} is not among your files. Upload it first with "
        "POST /v1/files/upload and send the attachment_url that it answers."
    )
