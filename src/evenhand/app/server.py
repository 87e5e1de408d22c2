"""The web server: customers' API under /v1, our own under /api, the workbench at the root."""

from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Request, Response, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.static_files import (
    create_static_files_router,  # pyright: ignore[reportUnknownVariableType] - its own types are open
)
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from evenhand import __version__
from evenhand.app.aborted_replies import aborting
from evenhand.app.api import API_ROUTER
from evenhand.app.api.problems import HANDLERS
from evenhand.app.context import Context
from evenhand.app.door.answers import NEVER_COMPRESSED, taken_in_time
from evenhand.app.door.bodies import bounded
from evenhand.app.neutrality_page import neutrality
from evenhand.app.public_log import PUBLIC_LOG_ROUTER
from evenhand.app.readiness import Readiness, readyz
from evenhand.app.scale import SCALE_ROUTER, slashes_kept
from evenhand.app.scale.errors import beside
from evenhand.foundation.database import acting_as
from evenhand.foundation.errors import Unavailable

STATIC = Path(__file__).with_name("static")
# Requests that carry one thing; bulk, uploads and imports set their own limit.
BODY_BYTES_MAX = 16 * 1024 * 1024
FILE_NAME_BYTES_MAX = 255
ASSETS_SECONDS = 365 * 24 * 60 * 60  # their names change with their content

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
# What is a caller's own is kept by nobody on the way; what may be kept says so itself.
UNLESS_SAID = {**SECURITY_HEADERS, "Cache-Control": "no-store"}
HARDENING = [(name.lower().encode(), value.encode()) for name, value in UNLESS_SAID.items()]


class WorkbenchNotBuilt(Unavailable):
    """This installation carries no workbench: install the wheel, or build it with `uv sync`."""


def web_app(context: Context) -> ASGIApp:
    """Serve every route over the parts of a running server, as a browser may be trusted with it."""
    routes = slashes_kept(routed(context))
    return _hardened(_nobodys(taken_in_time(aborting(bounded(routes), context.seldom))))


def routed(context: Context) -> Litestar:
    """Put the routes together over the parts of a running server."""
    readiness = Readiness(context)
    routes: list[Any] = [
        healthz,
        readyz,
        neutrality,
        API_ROUTER,
        SCALE_ROUTER,
        PUBLIC_LOG_ROUTER,
        workbench,
        offline_worker,
    ]
    if STATIC.exists():
        routes.append(
            create_static_files_router(
                path="/assets",
                directories=[STATIC / "assets"],
                cache_control=CacheControlHeader(max_age=ASSETS_SECONDS, immutable=True),
                before_request=require_file_name,
            )
        )
    return _Routes(
        route_handlers=routes,
        dependencies={
            "context": Provide(lambda: context, sync_to_thread=False),
            "readiness": Provide(lambda: readiness, sync_to_thread=False),
        },
        state=State({"context": context}),
        exception_handlers=beside(HANDLERS),
        request_max_body_size=BODY_BYTES_MAX,
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=2000,
            gzip_compress_level=5,
            # A range counts the bytes of a file as it is stored; an assignment is short, and
            # wanted at once.
            exclude=["/files/", "^/api/assignments"],
            exclude_opt_key=NEVER_COMPRESSED,
        ),
        openapi_config=OpenAPIConfig(
            title="Evenhand",
            version=__version__,
            path="/api/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        logging_config=None,
        debug=False,
    )


def _msgspec_alone(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
    return [*plugins, MsgspecDIPlugin()]


class _Routes(Litestar):
    """The framework with msgspec alone, whatever else happens to be installed."""

    # By itself it would load pydantic and attrs to take their models, of which we have none: a
    # tenth of a second of each start.
    _get_default_plugins = staticmethod(_msgspec_alone)


def _nobodys(app: ASGIApp) -> ASGIApp:
    """Let each request begin as nobody's, whoever the last one here was answered for."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        with acting_as(None):
            await app(scope, receive, send)

    return serve


def _hardened(app: ASGIApp) -> ASGIApp:
    """Send the security headers with every reply, with errors and what no route took too."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = list(message["headers"])
                # A file of a tenant's comes with a stricter policy of its own.
                own = {name.lower() for name, _ in sent}
                message["headers"] = sent + [pair for pair in HARDENING if pair[0] not in own]
            await send(message)

        await app(scope, receive, send_hardened)

    return serve


def require_file_name(request: Request[Any, Any, Any]) -> None:
    """Refuse at once what can be the name of no file, whose look-up would be an error."""
    path = request.scope["path"]
    if "\0" in path or len(path.encode(errors="surrogatepass")) > FILE_NAME_BYTES_MAX:
        raise NotFoundException


@get("/healthz", include_in_schema=False)
async def healthz(context: Context) -> dict[str, str]:
    """Answer 200 as long as the process does, whatever else is away."""
    return {"status": "ok", "version": __version__, "time": context.clock.now().isoformat()}


@get("/offline.js", media_type="text/javascript", include_in_schema=False)
async def offline_worker() -> Response[bytes]:
    """Serve the service worker, which keeps the page for times without a connection."""
    script = STATIC / "offline.js"
    if not script.exists():
        raise WorkbenchNotBuilt
    return Response(
        script.read_bytes(), media_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


@get(["/", "/sign-in"], media_type=MediaType.HTML, include_in_schema=False)
async def workbench() -> Response[bytes]:
    """Serve the workbench's one page."""
    page = STATIC / "index.html"
    if not page.exists():
        raise WorkbenchNotBuilt
    return Response(
        page.read_bytes(), media_type=MediaType.HTML, headers={"Cache-Control": "no-cache"}
    )
