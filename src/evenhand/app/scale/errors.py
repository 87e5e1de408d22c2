"""Errors as the contract words them: a status and one sentence."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from evenhand.app.trouble import RETRY_SECONDS, told
from evenhand.foundation.errors import EvenhandError
from evenhand.task_types import Invalid, UnknownTaskType

Handlers: TypeAlias = dict[int | type[Exception], Callable[..., Response[Any]]]

PREFIX = "/v1"
# The official client raises its own class for these and a plain one for all others.
AS_BAD_REQUEST = frozenset({HTTPStatus.UNPROCESSABLE_ENTITY})
log: structlog.stdlib.BoundLogger = structlog.get_logger()


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Word any error in the contract's shape; a mistake of ours is logged and not explained."""
    trouble = told(request, error)
    if trouble is not None:
        return _error(trouble.status, trouble.sentence)
    match error:
        case EvenhandError():
            status = HTTPStatus.BAD_REQUEST if error.status in AS_BAD_REQUEST else error.status
            return _error(status, error.message)
        case Invalid() | UnknownTaskType():
            return _error(HTTPStatus.BAD_REQUEST, str(error))
        case HTTPException() if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _error(error.status_code, _refusal(request, error))
        case _:
            log.error("request.failed", path=request.url.path, exc_info=error)
            return _error(
                HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side; try again."
            )


HANDLERS: Handlers = {Exception: answer_error, HTTPException: answer_error}


def beside(others: Mapping[Any, Any]) -> Handlers:
    """Word errors under /v1 as the contract does where no route took them, and others as before."""

    def wrapped(other: Callable[..., Response[Any]]) -> Callable[..., Response[Any]]:
        def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
            if request.scope["path"].startswith(PREFIX + "/"):
                return answer_error(request, error)
            return other(request, error)

        return answer

    return {kind: wrapped(other) for kind, other in others.items()}


def _refusal(request: Request[Any, Any, Any], error: HTTPException) -> str:
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return f"There is no {request.method} {_shown_path(request)} in this API."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = (error.headers or {}).get("allow", "")
            return f"{_shown_path(request)} does not take {request.method}; it takes {allowed}."
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return "The body is larger than this endpoint takes; send less at once."
        case _:
            return error.detail


def _shown_path(request: Request[Any, Any, Any]) -> str:
    return request.scope["path"].encode(errors="replace").decode()[:200]


def _error(status: int, message: str) -> Response[bytes]:
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="API key"'
    if status in RETRY_SECONDS:
        headers["Retry-After"] = str(RETRY_SECONDS[status])
    return Response(
        msgspec.json.encode({"status_code": int(status), "error": message}),
        status_code=status,
        media_type="application/json",
        headers=headers,
    )
