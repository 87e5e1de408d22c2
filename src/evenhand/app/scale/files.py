"""Files: upload, import from a URL, list."""

import asyncio
import base64
import binascii
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.exceptions import ClientException, HTTPException
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from evenhand import datasets, pipeline, tenants
from evenhand.app.context import Context
from evenhand.app.door.bodies import BodyTooSlow, as_stream
from evenhand.app.scale import bodies, query
from evenhand.app.scale.replies import moment_now, reply
from evenhand.delivery import contract
from evenhand.foundation.database import as_tenant
from evenhand.foundation.errors import Invalid
from evenhand.foundation.outgoing import outgoing
from evenhand.foundation.places import TooManyAtOnce
from evenhand.foundation.spool import Spool
from evenhand.task_types import InvalidParams
from evenhand.task_types.outside import params_of, prove_json
from evenhand.work import intake

# The form around the file: its other fields are short.
FIELDS_BYTES_MAX = 256 * 1024
UPLOAD_BYTES_MAX = datasets.FILE_BYTES_MAX + FIELDS_BYTES_MAX
PARTS_MAX = 1000
# A place is somebody else's in the end: 80 MB within so long are 90 KB a second.
UPLOAD_SECONDS_MAX = 15 * 60
PLACE_SECONDS_MAX = 5

_MENDS = {
    "file_url": "Send the http(s) URL of the file.",
    "project_name": "Send the name of a project.",
    "metadata": 'Send an object such as {"source": "camera 7"}.',
}


class NoFile(Invalid):
    """There is no file in the body: send multipart/form-data with a part named `file`."""


class AboutFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said about a file that is brought."""

    project_name: str | None = None
    reference_id: str | None = None
    display_name: str | None = None
    metadata: dict[str, Any] = {}


class ImportForm(AboutFile, frozen=True, kw_only=True):
    """A file that lies elsewhere."""

    file_url: str


@post("/files/upload", status_code=200, request_max_body_size=UPLOAD_BYTES_MAX)
async def upload(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Store a file of at most 80 MB, to be named as attachment of tasks."""
    as_stream(request)
    async with _place(context, caller):
        return await _uploaded(request, context, caller)


async def _uploaded(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    with Spool() as content:
        try:
            async with asyncio.timeout(UPLOAD_SECONDS_MAX):
                form = await _form_in(request, content)
        except TimeoutError as error:
            raise BodyTooSlow from error
        if form.file_name is None:
            raise NoFile
        if content.size == 0:
            raise datasets.EmptyFile
        about = _about(form.fields, form.file_name)
        new = _new_file(about, caller, source_url=None)
        stored = await pipeline.project.store_file(
            context.pool,
            caller.tenant_id,
            context.storage,
            content.pieces(),
            new,
            now=moment_now(context),
        )
    return reply(contract.file_object(stored))


@asynccontextmanager
async def _place(context: Context, caller: tenants.Caller) -> AsyncGenerator[None]:
    """Hold one of the tenant's places for files that come in, or tell it to come again."""
    async with AsyncExitStack() as held:
        try:
            async with asyncio.timeout(PLACE_SECONDS_MAX):
                await held.enter_async_context(context.uploads.taken(caller.tenant_id))
        except TimeoutError as error:
            raise TooManyAtOnce from error
        yield


async def _form_in(request: Request[Any, Any, Any], content: Spool) -> "_Form":
    kind, options = request.content_type
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise NoFile
    try:
        return await _read(request, options["boundary"], content)
    except HTTPException as error:
        if error.status_code == bodies.BodyTooLarge.status:
            raise datasets.FileTooLarge from error
        raise
    except MultipartError as error:
        raise ClientException("Invalid multipart/form-data") from error
    except (UnicodeDecodeError, LookupError) as error:
        raise NoFile("A field of the form is not UTF-8 text.") from error


async def _read(request: Request[Any, Any, Any], boundary: str, content: Spool) -> "_Form":
    form = _Form(content)
    with PushMultipartParser(boundary, max_segment_count=PARTS_MAX) as parser:
        async for chunk in request.stream():
            # An empty chunk would say that the form ends here.
            for event in parser.parse(chunk) if chunk else ():
                if isinstance(event, MultipartSegment):
                    form.begin(event)
                elif event is None:
                    form.end()
                else:
                    await form.take(bytes(event))
    return form


class _Form:
    """A form as it comes in: the file goes into its seal, short fields are kept."""

    def __init__(self, content: Spool) -> None:
        self.fields: dict[str, str] = {}
        self.file_name: str | None = None
        self._content = content
        self._part: MultipartSegment | None = None
        self._text = bytearray()
        self._texts_size = 0

    def begin(self, part: MultipartSegment) -> None:
        self._part, self._text = part, bytearray()
        if part.filename and part.name == "file":
            if self.file_name is not None:
                raise NoFile("There is more than one file in the body: send one.")
            self.file_name = part.filename

    async def take(self, piece: bytes) -> None:
        part = self._part
        assert part is not None, "a part begins before its content"
        if not part.filename:
            self._texts_size += len(piece)
            if self._texts_size > FIELDS_BYTES_MAX:
                raise bodies.BodyTooLarge
            self._text += piece
        elif part.name == "file":
            if self._content.size + len(piece) > datasets.FILE_BYTES_MAX:
                raise datasets.FileTooLarge(bytes_max=datasets.FILE_BYTES_MAX)
            await asyncio.to_thread(self._content.write, piece)

    def end(self) -> None:
        part = self._part
        assert part is not None, "a part begins before it ends"
        if not part.filename:
            name = part.name or ""
            if name in self.fields:
                raise NoFile(f"The field {name[:100]!r} came twice: send it once.")
            self.fields[name] = self._text.decode(part.charset or "utf-8")


def _about(form: Mapping[str, str], filename: str) -> AboutFile:
    fields: dict[str, object] = {"display_name": filename}
    for name, value in form.items():
        if value:
            fields[name] = bodies.decoded(value.encode()) if name == "metadata" else value
    prove_json(fields, InvalidParams)
    return params_of(fields, AboutFile, _MENDS)


@post("/files/import", status_code=200)
async def import_file(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Fetch a file from a public URL and store it."""
    form = params_of(await bodies.object_in(request), ImportForm, _MENDS)
    new = _new_file(form, caller, source_url=form.file_url)
    allow = context.settings.allow_private_networks
    async with _place(context, caller), outgoing(allow_private_networks=allow) as way_out:
        stored = await pipeline.project.import_file(
            context.pool, caller.tenant_id, context.storage, way_out, new, now=moment_now(context)
        )
    return reply(contract.file_object(stored))


def _new_file(
    about: AboutFile, caller: tenants.Caller, *, source_url: str | None
) -> datasets.NewFile:
    return datasets.NewFile(
        file_id=uuid4(),
        is_test=caller.is_test,
        project_names=[about.project_name] if about.project_name else [],
        reference_id=about.reference_id,
        display_name=about.display_name,
        source_url=source_url,
        metadata=intake.check_metadata(about.metadata),
    )


@get("/files")
async def find(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer a page of files, newest first."""
    limit = query.whole(
        request, "limit", default=datasets.PAGE_MAX, least=1, most=datasets.PAGE_MAX
    )
    asked = query.text(request, "metadata")
    metadata = None if asked is None else intake.check_metadata(bodies.decoded(asked.encode()))
    after = _after(query.text(request, "next_token"))
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found = await datasets.list_files(
            tx,
            is_test=caller.is_test,
            limit=limit,
            project_name=query.text(request, "project") or query.text(request, "project_name"),
            metadata=metadata,
            after=after,
        )
    page: dict[str, Any] = {"docs": [contract.file_object(file) for file in found]}
    if len(found) == limit:
        page["next_token"] = _token(found[-1])
    return reply(page)


def _token(last: datasets.File) -> str:
    wire = [last.created_at.isoformat(), str(last.file_id)]
    return base64.urlsafe_b64encode(msgspec.json.encode(wire)).decode().rstrip("=")


def _after(token: str | None) -> tuple[datetime, UUID] | None:
    if token is None:
        return None
    try:
        padded = token + "=" * (-len(token) % 4)
        return msgspec.json.decode(
            base64.b64decode(padded, b"-_", validate=True), type=tuple[datetime, UUID]
        )
    except (binascii.Error, ValueError) as error:
        raise query.InvalidQuery(
            "`next_token` is not one that this API gave; begin again without it."
        ) from error
