"""What comes with a request under /api, proved before any handler reads it."""

from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException

from evenhand import task_types
from evenhand.foundation.errors import Invalid
from evenhand.task_types.outside import prove_json

JSON = "application/json"
# A string of a million characters, escaped, and then some; whatever is large is a file.
RESPONSE_BYTES_MAX = 16 * 1024 * 1024


class BodyNotJson(Invalid):
    """The body must be JSON, and its content type application/json."""

    status = 415


class BodyMissing(Invalid):
    """This call needs a body: a JSON object."""


class BodyMalformed(Invalid):
    """The body is not JSON."""


class NestedTooDeeply(Invalid):
    """The JSON is nested too deeply; flatten it."""


class NulInQuery(Invalid):
    """The query holds the character NUL, which nothing here is named by."""


class UnfitBody(task_types.Invalid):
    """The body holds what cannot be stored and sent on as JSON."""


async def prove(request: Request[Any, Any, Any]) -> None:
    """Refuse what could not be read or stored, so that handlers meet plain JSON only."""
    if any("\0" in text for pair in request.query_params.multi_items() for text in pair):
        raise NulInQuery
    if request.route_handler.parsed_data_field is None:
        return
    if not await request.body():
        raise BodyMissing
    # A form of another site can send any text, but cannot call it JSON.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise BodyNotJson
    try:
        sent: object = await request.json()
    except RecursionError as error:
        raise NestedTooDeeply from error
    except (SerializationException, UnicodeDecodeError) as error:
        raise BodyMalformed(f"The body is not JSON: {error}.") from error
    prove_json(sent, UnfitBody)
