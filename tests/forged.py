"""What a cheating server leaves behind: a log, a transcript and receipts that fit each other.

The honest ones of a real server are taken apart, changed, committed to anew and signed by a key of
the forger's own, so that only what is untrue in them can give the cheat away.
"""

import base64
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from logs import TIME

from evenhand.ledger.event import digest_of
from evenhand.receipts.epoch import Epoch
from evenhand.receipts.opening import commitment
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.proof import Proof
from evenhand.tlog.reading import LogReader
from evenhand.tlog.signatures import SignatureType, SigningKey, signed
from evenhand.tlog.sources import source
from evenhand.tlog.store import Folder
from evenhand.tlog.writer import LogWriter

# Of an epoch: whose, its id, the event and the salt of each entry.
Entered = list[list[str]]
Change = Callable[[list[Entered]], None]


class World:
    """Files as a server leaves them: its log, a transcript, and receipts of each tenant."""

    def __init__(self, log: Path, transcript: Path, receipts: list[Path]) -> None:
        self.log, self.transcript, self.receipts = log, transcript, receipts

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the transcript."""
        with gzip.open(self.transcript, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


def forged(
    honest: World, folder: Path, change: Change, *, terms: dict[str, Any] | None = None
) -> World:
    """The world in which a server had entered what the change makes of the entries.

    With `terms`, the last epoch says that it went by these; no beacon follows from it.
    """
    head, *epochs = honest.lines()
    if terms:
        head["earlier_terms"] = [terms]
    change([line["entries"] for line in epochs])
    with source(str(honest.log)) as read:
        reader = LogReader(read, head["first"] + len(epochs))
        leaves = [reader.entry(number) for number in range(reader.size)]
    for line in epochs:
        line["entries"].sort(key=lambda entry: entry[1])
        hashes = [tree.leaf_hash(_ordered(entry)) for entry in line["entries"]]
        record = json.loads(line["record"]) | {
            "entries": len(hashes),
            "order": tree.root_of(tree.extend([], 0, hashes)).hex(),
        }
        if terms and line is epochs[-1]:
            record["terms"] = digest_of(terms)
        line["record"] = json.dumps(record, sort_keys=True, separators=(",", ":"))
        said = commitment(base64.b64decode(line["salt"]), line["record"].encode())
        epoch = Epoch.parse(leaves[line["epoch"]])
        leaves[line["epoch"]] = replace(epoch, record=said).leaf
    log = folder / "log"
    _publish(log, head["origin"], leaves)
    transcript = folder / "transcript.gz"
    with gzip.open(transcript, "wb") as lines:
        for line in [head, *epochs]:
            lines.write(json.dumps(line).encode() + b"\n")
    receipts = [_moved(path, folder / path.name, leaves, log) for path in honest.receipts]
    return World(log, transcript, receipts)


def _ordered(entry: list[str]) -> bytes:
    _, entry_id, event, salt = entry
    return bytes.fromhex(entry_id) + commitment(base64.b64decode(salt), event.encode())


def _publish(folder: Path, origin: str, leaves: list[bytes]) -> None:
    kinds = [SignatureType.ED25519, SignatureType.ML_DSA_44]
    keys = [SigningKey(origin, kind, b"forger's own".ljust(32)) for kind in kinds]
    writer = LogWriter(Folder(folder))
    writer.append(leaves)
    writer.publish(signed(Checkpoint(origin, writer.size, writer.root), keys, time=TIME))
    policy = Policy(tuple(Party(key.verifier_key) for key in keys))
    (folder / "policy").write_bytes(bytes(policy))


def _moved(path: Path, to: Path, leaves: list[bytes], log: Path) -> Path:
    """Receipts as the forger would have given them: of the same events, under its own log."""
    with source(str(log)) as read, to.open("w", encoding="utf-8") as lines:
        reader = LogReader(read, len(leaves))
        note = Note.parse(read("checkpoint"))
        for line in path.read_text("utf-8").splitlines():
            told = json.loads(line)
            if "event" in told and Epoch.parse(base64.b64decode(told["epoch"])).number < len(
                leaves
            ):
                number = Epoch.parse(base64.b64decode(told["epoch"])).number
                told["epoch"] = base64.b64encode(leaves[number]).decode()
                proof = Proof(number, tuple(reader.inclusion_path(number)), note)
                told["proof"] = bytes(proof).decode()
            lines.write(json.dumps(told) + "\n")
    return to
