"""Which checkpoints a witness cosigns: those that continue what it cosigned last.

The statuses are those of C2SP tlog-witness, checked in the order in which it lists them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import BadSignature, LogError, Malformed, Unproven, Unsigned
from evenhand.tlog.note import Note, signature_lines
from evenhand.tlog.policy import Policy
from evenhand.tlog.signatures import SigningKey, VerifierKey, verified
from evenhand.tlog.witnessing import SIZE_TYPE, AddCheckpoint
from evenhand.witness.memory import Memory

TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, and the body that goes with it."""

    status: int
    body: bytes
    content_type: str = TEXT_TYPE


class UnknownLog(LogError):
    """This witness does not watch the log."""


class Witness:
    """Keys, the logs that it watches, and its memory; `clock` tells seconds since 1970."""

    def __init__(
        self, keys: Sequence[SigningKey], logs: Policy, memory: Memory, clock: Callable[[], int]
    ) -> None:
        self._keys = tuple(keys)
        self._logs = logs
        self._clock = clock
        self.memory = memory

    @property
    def verifier_keys(self) -> list[VerifierKey]:
        """The keys by which others know its cosignatures."""
        return [key.verifier_key for key in self._keys]

    def add_checkpoint(self, body: bytes) -> Answer:
        """Cosign a checkpoint that continues the last one, and remember it first."""
        try:
            request = AddCheckpoint.parse(body)
            checkpoint = Checkpoint.parse(request.note.text)
            note = self.checked(request.note)
        except Malformed as error:
            return _refusal(400, error)
        except UnknownLog as error:
            return _refusal(404, error)
        except (Unsigned, BadSignature) as error:
            return _refusal(403, error)
        if request.old_size > checkpoint.size:
            return _refusal(400, Malformed("The old size is larger than the checkpoint's."))
        with self.memory.alone(checkpoint.origin):
            return self._continued(request, checkpoint, note)

    def checked(self, note: Note) -> Note:
        """The checkpoint with those of its signatures that are by a key of its log.

        What others have written below it is not passed on.
        """
        origin = Checkpoint.parse(note.text).origin
        keys = [log.key for log in self._logs.logs if log.key.name == origin]
        if not keys:
            raise UnknownLog(origin=origin)
        return Note(note.text, ()).signed(one.signature for one in verified(note, keys))

    def _continued(self, request: AddCheckpoint, checkpoint: Checkpoint, note: Note) -> Answer:
        last = self.memory.last(checkpoint.origin)
        known = Checkpoint(checkpoint.origin, 0, tree.EMPTY_ROOT)
        if last is not None:
            known = Checkpoint.parse(last.text)
        if request.old_size != known.size:
            return Answer(409, f"{known.size}\n".encode(), SIZE_TYPE)
        if checkpoint.size == known.size and checkpoint.root != known.root:
            if last is not None:
                self.memory.keep_fork(last, note)
            return _refusal(409, Unproven("Another root of this size has been cosigned."))
        try:
            tree.verify_consistency(
                known.size,
                checkpoint.size,
                old_root=known.root,
                new_root=checkpoint.root,
                path=request.path,
            )
        except Unproven as error:
            return _refusal(422, error)
        time = self._clock()
        assert time > 0, "a cosignature without a time would not say that this tree is the largest"
        cosignatures = [key.sign(note.text, time=time) for key in self._keys]
        # First remembered, then given out: what nobody remembers could be rolled back.
        self.memory.keep(note.signed(cosignatures))
        return Answer(200, signature_lines(cosignatures).encode())


def _refusal(status: int, error: LogError) -> Answer:
    return Answer(status, f"{error.message}\n".encode())
