"""Places for connections: a few hundred for strangers, some for each caller who is known.

A connection is a stranger's until a request on it came with a valid key, token or session. When
all places are taken the newcomer is let in all the same, and the oldest connection of whoever has
most of them goes: so callers get in while strangers press, from the same address too.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Protocol

# Browsers open six, scripts a few dozen; each place costs about 20 KB.
STRANGERS_MAX = 512
# Of one caller, behind however many processes of theirs.
CONNECTIONS_A_CALLER_MAX = 256


class Guest(Protocol):
    """A connection, as far as its place is concerned."""

    def turn_out(self) -> None:
        """Close at once, whatever is under way."""


class Strangers:
    """Connections of nobody known, by address, the oldest first."""

    def __init__(self, most: int = STRANGERS_MAX) -> None:
        self._most = most
        self._by_address: dict[Hashable, OrderedDict[Guest, None]] = {}
        self._count = 0

    def enter(self, guest: Guest, address: Hashable) -> None:
        """Give a new connection a place; where there is none, the oldest of the most loses its."""
        if self._count >= self._most:
            crowd = max(self._by_address, key=lambda one: len(self._by_address[one]))
            oldest = next(iter(self._by_address[crowd]))
            self.leave(oldest, crowd)
            oldest.turn_out()
        self._by_address.setdefault(address, OrderedDict())[guest] = None
        self._count += 1

    def leave(self, guest: Guest, address: Hashable) -> None:
        """Free the place of a connection that is closed, or whose caller is known now."""
        crowd = self._by_address.get(address)
        if crowd is None or guest not in crowd:
            return
        del crowd[guest]
        self._count -= 1
        if not crowd:
            del self._by_address[address]


class Callers:
    """Connections of callers who are known: one caller has so many, and then loses the oldest."""

    def __init__(self, most: int = CONNECTIONS_A_CALLER_MAX) -> None:
        self._most = most
        self._by_caller: dict[Hashable, OrderedDict[Guest, None]] = {}

    def enter(self, guest: Guest, caller: Hashable) -> None:
        """Give a connection a place among its caller's."""
        theirs = self._by_caller.setdefault(caller, OrderedDict())
        theirs[guest] = None
        if len(theirs) > self._most:
            oldest, _ = theirs.popitem(last=False)
            oldest.turn_out()

    def leave(self, guest: Guest, caller: Hashable) -> None:
        """Free the place of a connection that is closed."""
        theirs = self._by_caller.get(caller)
        if theirs is None:
            return
        theirs.pop(guest, None)
        if not theirs:
            del self._by_caller[caller]
