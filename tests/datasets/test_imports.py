"""A file is brought in from the internet, and never from the operator's own network."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from datasets.contents import a_new_file, objects_in, whole
from given import NOW

from evenhand import datasets, tenants
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.outgoing import AddressRefused, Unreachable, outgoing
from evenhand.foundation.secret import Secret

CONTENT = b"\x89PNG\r\n\x1a\n" + bytes(3_000_000)


@asynccontextmanager
async def _site() -> AsyncGenerator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    async def picture(_request: web.Request) -> web.Response:
        return web.Response(body=CONTENT, content_type="text/html")

    async def moved(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/picture"})

    application = web.Application()
    application.router.add_get("/picture", picture)
    application.router.add_get("/moved", moved)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield url
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("path", ["/picture", "/moved"])
async def test_a_file_is_imported_with_the_type_that_its_bytes_have(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, tmp_path: Path, path: str
):
    storage = datasets.Storage(tmp_path, secret)
    async with _site() as site, outgoing(allow_private_networks=True) as way_out:
        new = a_new_file(source_url=site + path)
        file = await datasets.import_url(pool, tenant.tenant_id, storage, way_out, new, now=NOW)
    assert (file.mime_type, file.source_url) == ("image/png", site + path)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await whole(await datasets.read_file(tx, storage, file)) == CONTENT


async def test_a_url_into_the_operators_network_is_refused(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, tmp_path: Path
):
    storage = datasets.Storage(tmp_path, secret)
    async with _site() as site, outgoing(allow_private_networks=False) as way_out:
        with pytest.raises(AddressRefused):
            await datasets.import_url(
                pool,
                tenant.tenant_id,
                storage,
                way_out,
                a_new_file(source_url=f"{site}/picture"),
                now=NOW,
            )
    assert objects_in(tmp_path) == []


async def test_a_url_that_has_no_file_is_an_error(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, tmp_path: Path
):
    storage = datasets.Storage(tmp_path, secret)
    async with _site() as site, outgoing(allow_private_networks=True) as way_out:
        with pytest.raises(Unreachable, match="404"):
            await datasets.import_url(
                pool,
                tenant.tenant_id,
                storage,
                way_out,
                a_new_file(source_url=f"{site}/nothing"),
                now=NOW,
            )
