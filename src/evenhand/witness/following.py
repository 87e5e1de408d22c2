"""A witness that asks: it reads a log's checkpoint and tiles, and cosigns what continues."""

from dataclasses import dataclass

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Forked, LogError
from evenhand.tlog.note import Note
from evenhand.tlog.reading import LogReader, Read
from evenhand.tlog.verification import published, require_one_history
from evenhand.tlog.witnessing import SIZE_TYPE, AddCheckpoint, cosignatures_of
from evenhand.witness.cosigning import Witness


class Refused(LogError):
    """The witness does not cosign what the log shows."""


class NothingSeen(LogError):
    """This witness has cosigned nothing of the log yet."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the log had come, and its checkpoint with the witness's cosignatures."""

    checkpoint: Checkpoint
    note: Note
    is_new: bool


def follow_once(witness: Witness, read: Read) -> Followed:
    """Read the log's checkpoint and cosign it, or say why not."""
    note = witness.checked(published(read))
    checkpoint = Checkpoint.parse(note.text)
    last = witness.memory.last(checkpoint.origin)
    old_size = 0 if last is None else Checkpoint.parse(last.text).size
    if checkpoint.size < old_size:
        raise Forked("The log is shorter than it was.", was=old_size, size=checkpoint.size)
    path = LogReader(read, checkpoint.size).consistency_path(old_size)
    answer = witness.add_checkpoint(bytes(AddCheckpoint(old_size, tuple(path), note)))
    if answer.content_type == SIZE_TYPE:
        raise Refused("Another process of this witness was faster; follow again.")
    if answer.status in {409, 422}:
        raise Forked(
            "What the log shows does not continue what this witness cosigned.",
            was=old_size,
            size=checkpoint.size,
            said=answer.body.decode().strip(),
        )
    if answer.status != 200:
        raise Refused(answer.body.decode().strip(), status=answer.status)
    return Followed(
        checkpoint, note.signed(cosignatures_of(answer.body)), checkpoint.size > old_size
    )


def compare(witness: Witness, other: Note, read: Read) -> tuple[Checkpoint, Checkpoint]:
    """Hold what another witness has seen of a log against what this one has: `Forked` or not.

    The proof between the two comes from the log's tiles, whoever serves them.
    """
    theirs = witness.checked(other)
    their_checkpoint = Checkpoint.parse(theirs.text)
    ours = witness.memory.last(their_checkpoint.origin)
    if ours is None:
        raise NothingSeen(origin=their_checkpoint.origin)
    our_checkpoint = Checkpoint.parse(ours.text)
    try:
        require_one_history(our_checkpoint, their_checkpoint, read)
    except Forked:
        witness.memory.keep_fork(ours, theirs)
        raise
    return our_checkpoint, their_checkpoint
