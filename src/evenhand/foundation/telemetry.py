"""Logs and traces, set up once: one event name per step, no content and no secrets."""

import asyncio
import logging
import sys
import traceback
from contextlib import suppress
from typing import TextIO, cast

import psycopg
import structlog
from opentelemetry import trace

tracer = trace.get_tracer("evenhand")
log: structlog.stdlib.BoundLogger = structlog.get_logger()

# Whatever carries one of these names is blotted out, wherever it comes from.
SECRET_NAMES = frozenset(
    {"token", "key", "api_key", "authorization", "password", "secret", "cookie", "live_key",
     "test_key", "callback_auth_key", "database_url"}
)  # fmt: skip


def blot_secrets(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace the values of secret fields before they reach a log."""
    for name in event.keys() & SECRET_NAMES:
        event[name] = "[secret]"
    return event


def _without_content(exc_info: structlog.typing.ExcInfo) -> str:
    """Tell an error and what led to it; of the database's errors only their kind.

    PostgreSQL quotes rows and parameters in its messages, and so what belongs to a tenant.
    """
    told: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        told.append("".join(traceback.format_tb(error.__traceback__)) + _headline(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nwhich led to:\n\n".join(reversed(told))


def _headline(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, psycopg.Error):
        where = (error.diag.schema_name, error.diag.table_name, error.diag.constraint_name)
        return " ".join([name, error.sqlstate or "", *(part for part in where if part)])
    return f"{name}: {error}"


def set_up(*, level: str, json: bool | None = None) -> None:
    """Send logs to stderr: JSON where nobody is watching, lines where someone is."""
    as_json = not sys.stderr.isatty() if json is None else json
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            blot_secrets,
            structlog.processors.ExceptionRenderer(_without_content),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Unfailing(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")


class _Unfailing:
    """A stream that loses lines, rather than whoever writes them, while its disk is full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


class Seldom:
    """Lines that would come in floods: the first of a kind at once, then one in ten seconds."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._more: dict[tuple[str, str], int] = {}

    def tell(self, event: str, *, error: str, **fields: object) -> None:
        """Warn of an event, or count it for the next line of its kind; needs a running loop."""
        kind = (event, error)
        if kind in self._more:
            self._more[kind] += 1
            return
        log.warning(event, error=error, **fields)
        self._count(kind)

    def _count(self, kind: tuple[str, str]) -> None:
        self._more[kind] = 0
        asyncio.get_running_loop().call_later(self._seconds, self._tell_more, kind)

    def _tell_more(self, kind: tuple[str, str]) -> None:
        more = self._more.pop(kind)
        if more:
            event, error = kind
            log.warning(event, error=error, more=more, seconds=self._seconds)
            self._count(kind)
