"""Errors are a kind, a name and a sentence.

A kind is a subclass of `EvenhandError` with an HTTP status. A part writes its own
errors as one-line subclasses of a kind: the docstring is the message, details are
keywords.
"""

from __future__ import annotations

import inspect
from typing import ClassVar


class EvenhandError(Exception):
    """Something that a caller can be told about."""

    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, **details: object) -> None:
        self.message = message or inspect.cleandoc(type(self).__doc__ or "")
        self.details = details
        super().__init__(self.message)


class Invalid(EvenhandError):
    """The request is not well formed."""

    status = 400


class Unauthorized(EvenhandError):
    """No valid key came with the request."""

    status = 401


class Forbidden(EvenhandError):
    """The key does not allow this."""

    status = 403


class NotFound(EvenhandError):
    """There is no such thing."""

    status = 404


class Conflict(EvenhandError):
    """The request does not fit the present state."""

    status = 409


class TooLarge(EvenhandError):
    """The request is larger than this server takes."""

    status = 413


class Unprocessable(EvenhandError):
    """The content does not fit its rules."""

    status = 422


class TooMany(EvenhandError):
    """Too many requests at once; wait and try again."""

    status = 429


class Unavailable(EvenhandError):
    """The service cannot answer now; try again."""

    status = 503
