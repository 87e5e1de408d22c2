"""Files: upload, import from a URL, list."""

import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException

from evenhand import datasets, tenants
from evenhand.app.context import Context
from evenhand.app.scale import bodies, query
from evenhand.app.scale.replies import moment_now, reply
from evenhand.delivery import contract
from evenhand.foundation.database import as_tenant
from evenhand.foundation.errors import Invalid
from evenhand.foundation.outgoing import outgoing
from evenhand.task_types import InvalidParams
from evenhand.task_types.outside import params_of, prove_json
from evenhand.work import check_metadata

# The form around the file: its other fields are short.
UPLOAD_BYTES_MAX = datasets.FILE_BYTES_MAX + 256 * 1024
CHUNK_BYTES = 1024 * 1024

_MENDS = {
    "file_url": "Send the http(s) URL of the file.",
    "project_name": "Send the name of a project.",
    "metadata": 'Send an object such as {"source": "camera 7"}.',
}


class NoFile(Invalid):
    """There is no file in the body: send multipart/form-data with a part named `file`."""


class AboutFile(msgspec.Struct, frozen=True, kw_only=True):
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
    form = await _form_in(request)
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise NoFile
    about = _about(form, file.filename)
    new = _new_file(about, caller, source_url=None)
    stored = await datasets.receive_file(
        context.pool, caller.tenant_id, context.storage, _chunks(file), new, now=moment_now()
    )
    return reply(contract.file_object(stored))


async def _form_in(request: Request[Any, Any, Any]) -> Mapping[str, object]:
    kind, options = request.content_type
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise NoFile
    try:
        return cast("Mapping[str, object]", await request.form())
    except HTTPException as error:
        if error.status_code == bodies.BodyTooLarge.status:
            raise datasets.FileTooLarge from error
        raise
    except (UnicodeDecodeError, LookupError) as error:
        raise NoFile("A field of the form is not UTF-8 text.") from error


def _about(form: Mapping[str, object], filename: str) -> AboutFile:
    fields: dict[str, object] = {"display_name": filename}
    for name in AboutFile.__struct_fields__:
        value = form.get(name)
        if isinstance(value, str) and value:
            fields[name] = bodies.decoded(value.encode()) if name == "metadata" else value
    prove_json(fields, InvalidParams)
    return params_of(fields, AboutFile, _MENDS)


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK_BYTES):
        yield chunk


@post("/files/import", status_code=200)
async def import_file(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Fetch a file from a public URL and store it."""
    form = params_of(await bodies.object_in(request), ImportForm, _MENDS)
    new = _new_file(form, caller, source_url=form.file_url)
    allow = context.settings.allow_private_networks
    async with outgoing(allow_private_networks=allow) as way_out:
        stored = await datasets.import_url(
            context.pool, caller.tenant_id, context.storage, way_out, new, now=moment_now()
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
        metadata=check_metadata(about.metadata),
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
    metadata = None if asked is None else check_metadata(bodies.decoded(asked.encode()))
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
