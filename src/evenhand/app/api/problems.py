"""Errors as RFC 9457 problem documents."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from evenhand.app.problem_document import MEDIA_TYPE, problem_document
from evenhand.app.scale.errors import Handlers
from evenhand.app.trouble import BUSY, RETRY_SECONDS, told
from evenhand.foundation.errors import EvenhandError
from evenhand.task_types import Invalid, UnknownTaskType

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def known_problem(request: Request[Any, Any, Any], error: EvenhandError) -> Response[object]:
    """Tell a caller about an error that was raised for them, and the log of trouble of ours."""
    told(request, error)
    return _problem(error.status, type(error).__name__, error.message, error.details)


def invalid_content(_request: Request[Any, Any, Any], error: Invalid) -> Response[object]:
    """Tell an annotator what of their response does not fit the task."""
    return _problem(422, type(error).__name__, str(error), {"at": error.at} if error.at else {})


def refused_request(_request: Request[Any, Any, Any], error: HTTPException) -> Response[object]:
    """Tell a caller why their request could not be read."""
    title = HTTPStatus(error.status_code).phrase.title().replace(" ", "")
    return _problem(error.status_code, title, _detail(error), {})


def busy(request: Request[Any, Any, Any], error: Exception) -> Response[object]:
    """Ask a caller to come again when others were in the way for too long."""
    trouble = told(request, error)
    assert trouble is not None, "registered for such errors alone"
    return _problem(trouble.status, trouble.name, trouble.sentence, {})


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[object]:
    """Own up to a mistake of ours; the reason goes to the log, not to the caller."""
    log.error("request.failed", path=request.url.path, method=request.method, exc_info=error)
    return _problem(500, "InternalError", "Something went wrong on our side; try again.", {})


def _detail(error: HTTPException) -> str:
    extra: object = error.extra
    if isinstance(extra, list):
        parts = [
            f"{item.get('key', 'body')}: {item.get('message', '')}"
            for item in cast("list[dict[str, str]]", extra)
        ]
        return "; ".join(parts) or error.detail
    return error.detail


def _problem(
    status: int, name: str, detail: str, details: Mapping[str, object]
) -> Response[object]:
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in RETRY_SECONDS:
        headers["Retry-After"] = str(RETRY_SECONDS[status])
    return Response(
        content=problem_document(status, name, detail, details),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


HANDLERS: Handlers = {
    EvenhandError: known_problem,
    Invalid: invalid_content,
    UnknownTaskType: unexpected,
    HTTPException: refused_request,
    **dict.fromkeys(BUSY, busy),
    Exception: unexpected,
}
