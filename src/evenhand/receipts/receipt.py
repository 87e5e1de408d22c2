"""A receipt: how an event is in the public log, for whoever holds it.

It leads from the event through the private log of its tenant and the blinded map of an epoch to the
public log, and needs neither of them to be checked. As JSON, with hashes and bytes in base64:

    {"format": "evenhand-receipt/1",
     "event": "<canonical JSON of the event>", "salt": …,
     "log": "<name of the private log>", "index": 17, "size": 40, "root": …, "path": […],
     "slot": 3735928559, "blind": …, "map_path": [32 hashes],
     "epoch": "<the 96 bytes of the epoch's leaf>",
     "proof": "<C2SP tlog-proof of that leaf in the public log, with its checkpoint>"}
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from evenhand.receipts import blinded_map
from evenhand.receipts.blinded_map import Place, place_of, root_from
from evenhand.receipts.epoch import Epoch, NotAnEpoch
from evenhand.receipts.opening import commitment
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Malformed, Unproven
from evenhand.tlog.fields import HASH_BYTES, NUMBER_MAX, base64_of, bytes_of
from evenhand.tlog.policy import Policy, Trusted
from evenhand.tlog.proof import PATH_MAX, Proof

FORMAT = "evenhand-receipt/1"
SALT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An event with all that leads from it to the public log."""

    event: str
    salt: bytes
    log: Checkpoint
    index: int
    path: tuple[bytes, ...]
    place: Place
    map_path: tuple[bytes, ...]
    leaf: bytes
    proof: Proof

    def verify(self, policy: Policy, *, key: bytes | None = None) -> Trusted:
        """Check every step, and return what the public checkpoint has in its favour.

        With the key of the private log it is also checked that the log stood where it belongs, so
        that no second history of it stood elsewhere in the same map. Raises `Unproven` and what
        `Policy.verify` raises.
        """
        entry = commitment(self.salt, self.event.encode())
        tree.verify_inclusion(
            tree.leaf_hash(entry),
            self.index,
            self.log.size,
            root=self.log.root,
            path=self.path,
        )
        epoch = self.epoch
        in_map = self.place.leaf(self.log.text.encode())
        if root_from(in_map, self.place.slot, self.map_path) != epoch.map_root:
            raise Unproven("The private log does not stand in the map of this epoch.")
        if key is not None and place_of(key, epoch.number) != self.place:
            raise Unproven("The private log stands at another place of the map than is its own.")
        trusted = self.proof.verify(tree.leaf_hash(self.leaf), policy)
        if self.proof.index != epoch.number:
            raise Unproven("The epoch stands at another place of the public log than is its own.")
        if not self.log.origin.startswith(f"{trusted.checkpoint.origin}/"):
            raise Unproven("The private log is not one of this public log's.")
        return trusted

    @property
    def epoch(self) -> Epoch:
        """The epoch by which the event was committed to."""
        return Epoch.parse(self.leaf)

    @property
    def told(self) -> dict[str, Any]:
        """What the event says, without believing it."""
        return cast("dict[str, Any]", json.loads(self.event))

    def as_json(self) -> dict[str, object]:
        """The receipt as values of JSON."""
        return {
            "format": FORMAT,
            "event": self.event,
            "salt": base64_of(self.salt),
            "log": self.log.origin,
            "index": self.index,
            "size": self.log.size,
            "root": base64_of(self.log.root),
            "path": [base64_of(one) for one in self.path],
            "slot": self.place.slot,
            "blind": base64_of(self.place.blind),
            "map_path": [base64_of(one) for one in self.map_path],
            "epoch": base64_of(self.leaf),
            "proof": bytes(self.proof).decode(),
        }

    @classmethod
    def of_json(cls, value: object) -> "Receipt":
        """Read a receipt; what lacks a part, or has another kind of it, is `Malformed`."""
        read = _Reading(value)
        if read.text("format") != FORMAT:
            raise Malformed(f"A receipt says that it is of the format {FORMAT}.")
        leaf = read.data("epoch")
        try:
            Epoch.parse(leaf)
        except NotAnEpoch as error:
            raise Malformed(str(error)) from error
        return cls(
            event=read.text("event"),
            salt=read.data("salt", SALT_BYTES),
            log=Checkpoint(read.text("log"), read.number("size"), read.data("root", HASH_BYTES)),
            index=read.number("index"),
            path=read.hashes("path", most=PATH_MAX),
            place=Place(
                read.number("slot", most=2**blinded_map.LEVELS - 1),
                read.data("blind", HASH_BYTES),
            ),
            map_path=read.hashes("map_path", least=blinded_map.LEVELS, most=blinded_map.LEVELS),
            leaf=leaf,
            proof=Proof.parse(read.text("proof").encode()),
        )


class _Reading:
    """The parts of a JSON object, each of the kind that is asked for."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, Mapping):
            raise Malformed("A receipt is a JSON object.")
        self._value = cast("Mapping[str, object]", value)

    def text(self, name: str) -> str:
        found = self._value.get(name)
        if not isinstance(found, str):
            raise Malformed(f"The receipt has no text `{name}`.")
        return found

    def number(self, name: str, *, most: int = NUMBER_MAX) -> int:
        found = self._value.get(name)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= most:
            raise Malformed(f"The receipt has no number `{name}` from 0 to {most}.")
        return found

    def data(self, name: str, length: int | None = None) -> bytes:
        found = bytes_of(self.text(name), f"`{name}` of the receipt")
        if length is not None and len(found) != length:
            raise Malformed(f"`{name}` of the receipt has {len(found)} bytes and not {length}.")
        return found

    def hashes(self, name: str, *, least: int = 0, most: int) -> tuple[bytes, ...]:
        found = self._value.get(name)
        if not isinstance(found, Sequence) or isinstance(found, str | bytes):
            raise Malformed(f"The receipt has no list `{name}`.")
        texts = cast("Sequence[object]", found)
        if not least <= len(texts) <= most:
            raise Malformed(f"`{name}` of the receipt has {len(texts)} hashes.")
        return tuple(_hash(one, name) for one in texts)


def _hash(value: object, name: str) -> bytes:
    found = bytes_of(value, f"`{name}` of the receipt") if isinstance(value, str) else b""
    if len(found) != HASH_BYTES:
        raise Malformed(f"`{name}` of the receipt holds what is no hash.")
    return found
