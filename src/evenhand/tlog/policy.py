"""Trust policies (C2SP tlog-policy): which logs, which witnesses, and how many of these.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>...
    quorum <name>|none

The file is one of bytes; what is not UTF-8 in it stays as it is.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Malformed, NoQuorum, Unsigned
from evenhand.tlog.fields import number_of
from evenhand.tlog.note import Note
from evenhand.tlog.signatures import LOG_TYPES, WITNESS_TYPES, Verified, VerifierKey, verified

NO_WITNESSES = "none"
# The specification asks for 32 of each kind of line; a file so large is a mistake.
POLICY_BYTES_MAX = 1024 * 1024
_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Party:
    """A log or a witness: its key, and where it is met if that is told."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Names of which so many must have witnessed a checkpoint."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trusted:
    """What a checkpoint has in its favour; a witness's time is in seconds since 1970."""

    checkpoint: Checkpoint
    log_keys: tuple[VerifierKey, ...]
    witnesses: Mapping[str, int | None]
    has_quorum: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom a verifier trusts, and the rule by which witnesses are enough."""

    logs: tuple[Party, ...]
    witnesses: Mapping[str, Party] = field(default_factory=dict[str, Party])
    groups: Mapping[str, Group] = field(default_factory=dict[str, Group])
    quorum: str = NO_WITNESSES

    @classmethod
    def parse(cls, data: bytes) -> "Policy":
        """Read a policy file; the line that breaks a rule is named."""
        if len(data) > POLICY_BYTES_MAX:
            raise Malformed(f"The policy is larger than {POLICY_BYTES_MAX} bytes.")
        if _FORBIDDEN.search(data):
            raise Malformed("The policy has a control character.")
        lines = _Lines()
        for number, line in enumerate(data.decode(errors="surrogateescape").split("\n"), 1):
            words = [word for word in re.split(r"[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                try:
                    lines.take(words)
                except Malformed as error:
                    raise Malformed(error.message, line=number) from error
        if lines.quorum is None:
            raise Malformed("The policy has no quorum line.")
        return cls(tuple(lines.logs), lines.witnesses, lines.groups, lines.quorum)

    def __bytes__(self) -> bytes:
        lines = [
            *(["log", str(log.key), log.url] for log in self.logs),
            *(["witness", name, str(one.key), one.url] for name, one in self.witnesses.items()),
            *(
                ["group", name, str(group.least), *group.members]
                for name, group in self.groups.items()
            ),
            ["quorum", self.quorum],
        ]
        text = "".join(" ".join(filter(None, words)) + "\n" for words in lines)
        return text.encode(errors="surrogateescape")

    def judged(self, note: Note) -> Trusted:
        """Check who signed a checkpoint; `Unsigned` if none of the logs of its origin did."""
        checkpoint = Checkpoint.parse(note.text)
        log_keys = [log.key for log in self.logs if log.key.name == checkpoint.origin]
        if not log_keys:
            raise Unsigned("No log of this origin is trusted.", origin=checkpoint.origin)
        witness_keys = [witness.key for witness in self.witnesses.values()]
        found = verified(note, [*log_keys, *witness_keys])
        signed_by = tuple(dict.fromkeys(one.key for one in found if one.key in log_keys))
        if not signed_by:
            raise Unsigned(origin=checkpoint.origin)
        cosigned = self._times(found)
        return Trusted(checkpoint, signed_by, cosigned, self.is_quorum(cosigned))

    def verify(self, note: Note) -> Trusted:
        """Check a checkpoint: `Unsigned` or `NoQuorum` unless the policy is satisfied."""
        trusted = self.judged(note)
        if not trusted.has_quorum:
            raise NoQuorum(
                quorum=self.quorum, cosigned=", ".join(sorted(trusted.witnesses)) or "nobody"
            )
        return trusted

    def is_quorum(self, cosigned: Collection[str]) -> bool:
        """Whether these witnesses, by the policy's names for them, are enough."""
        return self.quorum == NO_WITNESSES or self._has_witnessed(self.quorum, cosigned)

    def _has_witnessed(self, name: str, cosigned: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        count = sum(self._has_witnessed(member, cosigned) for member in group.members)
        return count >= group.least

    def _times(self, found: list[Verified]) -> dict[str, int | None]:
        times = {one.key: one.time for one in found}
        return {
            name: times[witness.key]
            for name, witness in self.witnesses.items()
            if witness.key in times
        }


class _Lines:
    """A policy while it is read; every name stands for what an earlier line defined."""

    def __init__(self) -> None:
        self.logs: list[Party] = []
        self.witnesses: dict[str, Party] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._grouped: set[str] = set()

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", key, *url] if len(url) <= 1:
                party = Party(_key(key, LOG_TYPES, self.logs), *url)
                self.logs.append(party)
            case ["witness", name, key, *url] if len(url) <= 1:
                self._require_new(name)
                keys = list(self.witnesses.values())
                self.witnesses[name] = Party(_key(key, WITNESS_TYPES, keys), *url)
            case ["group", name, least, *members] if members:
                self._require_new(name)
                self._require_members(members)
                self.groups[name] = Group(_least(least, len(members)), tuple(members))
            case ["quorum", name]:
                if self.quorum is not None:
                    raise Malformed("The policy has two quorum lines.")
                if name != NO_WITNESSES:
                    self._require_known(name)
                self.quorum = name
            case _:
                raise Malformed("This is no line of a policy.")

    def _require_new(self, name: str) -> None:
        if name == NO_WITNESSES or name in self.witnesses or name in self.groups:
            raise Malformed("The name is taken.")

    def _require_known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise Malformed("The name is not defined on a line above.")

    def _require_members(self, members: list[str]) -> None:
        for member in members:
            self._require_known(member)
            # So that a witness adds to a quorum in one way only.
            if member in self._grouped:
                raise Malformed("The name is a member of a group already.")
            self._grouped.add(member)


def _key(text: str, types: Collection[int], others: list[Party]) -> VerifierKey:
    try:
        key = VerifierKey.parse(text)
    except UnicodeEncodeError as error:
        raise Malformed("The name of the key is not UTF-8.") from error
    if key.type not in types:
        raise Malformed("A key of this type is for another role.")
    if any(other.key.public == key.public for other in others):
        raise Malformed("The key stands on an earlier line.")
    return key


def _least(text: str, members: int) -> int:
    least = {"any": 1, "all": members}.get(text) or number_of(text, "number of members")
    if not 1 <= least <= members:
        raise Malformed("A group asks for at least one member and at most all.")
    return least
