"""What can be wrong with a log, or with what is said of one: each a name and a sentence."""

import inspect


class LogError(Exception):
    """A log, or what is said of it, does not hold."""

    def __init__(self, message: str | None = None, **details: object) -> None:
        self.message = message or inspect.cleandoc(type(self).__doc__ or "")
        self.details = details
        told = "".join(f" {name}: {value}." for name, value in details.items())
        super().__init__(self.message + told)


class Malformed(LogError):
    """This is not written as its format asks."""


class Missing(LogError):
    """The log has no such file."""


class Unreachable(LogError):
    """The log does not answer."""


class Unproven(LogError):
    """The proof does not lead to the root."""


class Unsigned(LogError):
    """None of the keys that are trusted for it has signed this."""


class BadSignature(LogError):
    """A signature in the name of a known key is not by that key."""


class NoQuorum(LogError):
    """Too few witnesses have cosigned this to satisfy the policy."""


class Rewritten(LogError):
    """A file of the log stands with other bytes than are to be written: it never changes."""


class Forked(LogError):
    """The log has signed two histories of which neither continues the other."""
