"""The witnesses of the public log, asked after each epoch to cosign its checkpoint.

All are asked at once and waited for a fraction of a second: whoever was late is asked again with
the next epoch, and not waited for until it has answered in time. A cosignature that comes in later
is shown with the checkpoint as long as that is the last one; it is of no use afterwards, but the
witness has remembered it all the same. Nothing that a witness says is believed but what is signed:
that one has seen more than the database holds is shown by its copy of a checkpoint of ours.
"""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from evenhand import pipeline
from evenhand.foundation.errors import EvenhandError, Invalid
from evenhand.foundation.outgoing import Outgoing
from evenhand.foundation.settings import Settings
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError, Unproven
from evenhand.tlog.note import NOTE_BYTES_MAX, Note, Signature
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.signatures import VerifierKey, verified
from evenhand.tlog.witnessing import (
    ADD_CHECKPOINT,
    SIZE_TYPE,
    AddCheckpoint,
    cosignatures_of,
    size_of,
)

# Of the second that an epoch takes; what is placed after it needs the rest.
WAITED_SECONDS_MAX = 0.3
# Whoever takes longer is asked anew, with a later checkpoint.
ANSWER_SECONDS_MAX = 10.0
# Before the first epoch is made, when nobody waits for one yet.
BEGIN_SECONDS_MAX = 3.0
# The first guess of what a witness has seen may be wrong, and its answer too when others ask it.
TRIES = 3

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class UnusableWitnesses(Invalid):
    """EVENHAND_LOG_WITNESSES names no policy file (C2SP tlog-policy) that can be used."""


@dataclass(slots=True)
class _Witness:
    """One witness by its URL: its keys, and how far it has come."""

    url: str
    keys: list[VerifierKey] = field(default_factory=list[VerifierKey])
    size: int = 0
    is_late: bool = False
    problem: str | None = None
    asking: "asyncio.Task[None] | None" = None


class Witnesses:
    """Those that the policy gives a URL; the others cosign by themselves, for whoever asks them."""

    def __init__(self, publication: pipeline.record.Publication, way_out: Outgoing) -> None:
        self._publication = publication
        self._way_out = way_out
        # Set where a witness has cosigned what is shown without its signature.
        self.came = asyncio.Event()
        self._lacks_quorum = False
        self._all: dict[str, _Witness] = {}
        # The last checkpoint, with every cosignature of it that has come.
        self._last: Note | None = None
        for party in publication.witnesses.witnesses.values():
            if party.url is not None:
                url = party.url.rstrip("/")
                self._all.setdefault(url, _Witness(url)).keys.append(party.key)

    @property
    def are_asked(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(self._all)

    async def require_not_ahead(self, head: Checkpoint) -> None:
        """Raise `LogAhead` or `LogDiffers` where a witness shows a log that this is not.

        So a database that was restored together with the files of its log is found out.
        Witnesses that do not answer are passed over.
        """
        looks = [asyncio.create_task(self._seen(one, head)) for one in self._all.values()]
        if looks:
            done, late = await asyncio.wait(looks, timeout=BEGIN_SECONDS_MAX)
            for one in late:
                one.cancel()
            for one in done:
                one.result()

    async def cosigned(self, checkpoint: Checkpoint, note: Note) -> Note:
        """The checkpoint with the cosignatures that came in time."""
        if not self._publication.witnesses.witnesses:
            return note
        if self._last is not None:
            # Of it nothing more comes that anybody is shown.
            self._tell_if_missing(self._last)
        self._last = note
        idle = [one for one in self._all.values() if one.asking is None or one.asking.done()]
        for one in idle:
            one.asking = asyncio.create_task(self._ask(one, checkpoint, note))
        prompt = [one.asking for one in idle if one.asking is not None and not one.is_late]
        if prompt:
            await asyncio.wait(prompt, timeout=WAITED_SECONDS_MAX)
        for one in idle:
            if one.asking is not None and one.asking.done():
                one.asking.result()
            elif not one.is_late:
                one.is_late = True
                one.problem = f"It did not answer within {WAITED_SECONDS_MAX} s."
        return self._as_it_stands()

    def later(self, shown: Note) -> Note | None:
        """The checkpoint that is shown, with what came since; None where nothing did."""
        if self._last is None or self._last.text != shown.text:
            return None
        cosigned = self._as_it_stands()
        return None if set(cosigned.signatures) <= set(shown.signatures) else cosigned

    async def close(self) -> None:
        """Leave off asking."""
        asking = [one.asking for one in self._all.values() if one.asking is not None]
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _as_it_stands(self) -> Note:
        assert self._last is not None, "a checkpoint was to be cosigned"
        self.came.clear()
        if self._lacks_quorum:
            self._tell_if_back(self._last)
        return self._last

    async def _ask(self, one: _Witness, checkpoint: Checkpoint, note: Note) -> None:
        began = time.monotonic()
        try:
            found = await self._answered(one, checkpoint, note)
        except (EvenhandError, LogError) as error:
            one.problem = str(error)
        else:
            one.problem, one.size = None, checkpoint.size
            if self._last is not None and self._last.text == note.text:
                self._last = self._last.signed(found)
                self.came.set()
            else:
                one.problem = "It cosigned when a later checkpoint was shown already."
        one.is_late = time.monotonic() - began > WAITED_SECONDS_MAX

    async def _answered(
        self, one: _Witness, checkpoint: Checkpoint, note: Note
    ) -> Sequence[Signature]:
        for _ in range(TRIES):
            old = min(one.size, checkpoint.size)
            path = await asyncio.to_thread(self._publication.consistency_path, old, checkpoint.size)
            body = bytes(AddCheckpoint(old, tuple(path), note))
            status, answer, kind = await self._way_out.exchange(
                f"{one.url}/{ADD_CHECKPOINT}",
                body,
                seconds=ANSWER_SECONDS_MAX,
                bytes_max=NOTE_BYTES_MAX,
            )
            if status == 200:
                return _checked(note, cosignatures_of(answer), one.keys)
            if status != 409 or kind != SIZE_TYPE:
                said = answer[:200].decode(errors="replace").strip()
                raise Refused(f"It answers {status}: {said}")
            one.size = size_of(answer)
            if one.size > checkpoint.size:
                raise Refused(f"It says that it has seen {one.size} epochs.")
        raise Refused("It says each time that it has seen something else.")

    async def _seen(self, one: _Witness, head: Checkpoint) -> None:
        hashed = hashlib.sha256(head.origin.encode()).hexdigest()
        try:
            status, answer, _ = await self._way_out.exchange(
                f"{one.url}/{hashed}/checkpoint",
                None,
                seconds=BEGIN_SECONDS_MAX,
                bytes_max=NOTE_BYTES_MAX,
            )
            if status != 200:
                return
            note = Note.parse(answer)
            verified(note, [log.key for log in self._publication.policy().logs])
            seen = Checkpoint.parse(note.text)
        except (EvenhandError, LogError):
            # What it cannot show with our signature is nothing against us.
            return
        if seen.origin != head.origin:
            return
        if seen.size > head.size:
            raise pipeline.record.LogAhead(published=seen.size, database=head.size, seen_by=one.url)
        await self._require_continued(one, seen, head)
        one.size = seen.size

    async def _require_continued(self, one: _Witness, seen: Checkpoint, head: Checkpoint) -> None:
        path = await asyncio.to_thread(self._publication.consistency_path, seen.size, head.size)
        try:
            tree.verify_consistency(
                seen.size, head.size, old_root=seen.root, new_root=head.root, path=path
            )
        except Unproven as error:
            raise pipeline.record.LogDiffers(size=seen.size, seen_by=one.url) from error

    def _tell_if_missing(self, note: Note) -> None:
        """Say once that a quorum is missing."""
        policy = self._publication.policy()
        trusted = policy.judged(note)
        if trusted.has_quorum or self._lacks_quorum:
            return
        self._lacks_quorum = True
        log.warning(
            "record.quorum_missing",
            quorum=policy.quorum,
            cosigned=sorted(trusted.witnesses),
            problems={one.url: one.problem for one in self._all.values() if one.problem},
        )

    def _tell_if_back(self, note: Note) -> None:
        """Say once that a quorum that was missing is there again."""
        trusted = self._publication.policy().judged(note)
        if trusted.has_quorum:
            self._lacks_quorum = False
            log.info("record.quorum_back", cosigned=sorted(trusted.witnesses))


class Refused(LogError):
    """The witness does not cosign."""


def witnesses_of(settings: Settings) -> Policy:
    """The policy that a setting names, without its logs; no witnesses where none is named."""
    if settings.log_witnesses is None:
        return Policy(())
    try:
        policy = Policy.parse(settings.log_witnesses.read_bytes())
    except OSError as error:
        raise UnusableWitnesses(problem=error.strerror) from error
    except LogError as error:
        raise UnusableWitnesses(problem=str(error)) from error
    return Policy((), dict[str, Party](policy.witnesses), policy.groups, policy.quorum)


def _checked(
    note: Note, given: Sequence[Signature], keys: Sequence[VerifierKey]
) -> list[Signature]:
    """The signatures among those given that are by the witness's keys; a false one refuses all."""
    return [one.signature for one in verified(Note(note.text, tuple(given)), keys)]
