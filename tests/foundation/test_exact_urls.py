"""A URL is asked for by the very letters that a customer gave, as its signature is made of them."""

import hashlib
import hmac
import http.client
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.foundation.outgoing import Outgoing, UnreachableNow, checked_url, outgoing

SECRET = b"of the one who signs"
# What object stores, CDNs and their client libraries write, each of it kept as it is by urllib.
PATHS = [
    "/it%27s%20here.png", "/a%28b%29.png", "/a%2Fb.png", "/a%40b.png", "/10%3A30.png",
    "/%7Euser/a.png", "/a%2fb.png", "/~user/a.png", "/a'b(c)@d:e.png", "/a%2Bb+c.png",
    "/a%252Fb.png", "/%E4%BD%A0.png", "/a%zz.png", "/a%.png", "//twice//a.png", "/a/./b/../c.png",
    "/a;v=1/b.png", "/a%2E%2E/b.png", "/100%25.png", "/[1]{2}|3^4`5.png", "/a=b&c.png", "/%00.png",
    "/a%5Cb.png", "/a%C3%A9.png", "/a%FF.png", "/a!b$c*d,e.png", "/%41.png", "/a/",
    "/a%3Fb%23c.png",
]  # fmt: skip
QUERIES = [
    "", "X-Amz-Credential=AKIA%2F20261130%2Feu%2Fs3%2Faws4_request&X-Amz-Date=20261130T000000Z",
    "se=2026-11-30T00%3A00%3A00Z&sp=r", "se=2026-11-30T00:00:00Z&sp=r", "a=b%20c", "a=b+c",
    "a=b%2Bc", "a=/x/?y", "a=%7E~", "a=1&a=2&&b", "a='%27'", "a=%e4%bd%a0", "a=x%3D%3D", "a=x==",
    "filename=%22a.png%22", "a=%", "a=[1]", "=", "a",
]  # fmt: skip


@dataclass(slots=True)
class Store:
    """A store of objects that checks signatures over the letters of a request."""

    origin: str
    asked: list[str] = field(default_factory=list[str])

    def signed(self, path: str, query: str) -> str:
        """A URL of the store, signed as its client library signs."""
        given = f"{query}&" if query else ""
        return f"{self.origin}{path}?{given}signature={_signature(f'{path}?{query}')}"


def _signature(target: str) -> str:
    return hmac.new(SECRET, target.encode("latin-1"), hashlib.sha256).hexdigest()


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # Of `path` the library takes away what it thinks is one slash too many.
            asked = self.requestline.split(" ")[1]
            made.asked.append(asked)
            if asked.startswith("/to?"):
                self.send_response(302)
                self.send_header("Location", asked.removeprefix("/to?"))
                self.end_headers()
                return
            target, _, given = asked.rpartition("signature=")
            is_right = given == _signature(target.removesuffix("&"))
            self.send_response(200 if is_right else 403)
            self.end_headers()
            self.wfile.write(b"found" if is_right else b"")

        do_POST = do_GET  # noqa: N815 - the name that the library calls

        def log_message(self, *_said: object) -> None:
            """Say nothing: the test says what it saw."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made.origin = f"http://127.0.0.1:{server.server_address[1]}"
        yield made
        server.shutdown()


async def _fetched(way_out: Outgoing, url: str) -> bytes:
    async with way_out.fetch(url, bytes_max=1000) as file:
        return b"".join([chunk async for chunk in file.chunks])


async def test_signed_urls_are_asked_for_by_the_letters_that_were_signed(store: Store):
    signed = [store.signed(path, "") for path in PATHS]
    signed += [store.signed("/a.png", query) for query in QUERIES]
    async with outgoing(allow_private_networks=True) as way_out:
        for url in signed:
            assert await _fetched(way_out, url) == b"found", url
    assert [store.origin + target for target in store.asked] == signed


async def test_a_redirect_leads_to_the_letters_that_it_names(store: Store):
    signed = [store.signed(path, "a=%2F%7E") for path in PATHS if not path.startswith("//")]
    async with outgoing(allow_private_networks=True) as way_out:
        for url in signed:
            assert await _fetched(way_out, f"{store.origin}/to?{url}") == b"found", url
            relative = url.removeprefix(store.origin)
            # What is relative is put together with where it stands, which takes dots away.
            if "/./" not in relative:
                assert await _fetched(way_out, f"{store.origin}/to?{relative}") == b"found", url


async def test_a_callback_goes_to_the_letters_that_were_given(store: Store):
    async with outgoing(allow_private_networks=True) as way_out:
        for path in PATHS:
            assert await way_out.post(store.signed(path, "a=%2F"), b"{}", {}) == 200, path


async def test_what_no_url_can_hold_is_written_as_utf_8(store: Store):
    async with outgoing(allow_private_networks=True) as way_out:
        for path in ("/café.png", "/你好.png", "/a%2Fé.png"):
            signed = store.signed(quote(path, safe="/%"), "")
            given = signed.replace(quote(path, safe="/%"), path)
            assert await _fetched(way_out, given) == b"found", path


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="\\#")))
def test_no_sign_of_a_path_or_a_query_is_written_another_way(text: str):
    for rest in (f"/{text}", f"/a?b{text}"):
        url = checked_url(f"https://example.com{rest}")
        # A question mark with nothing after it asks for the same.
        assert url.raw_path_qs == rest.removesuffix("?") or rest.endswith("?")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        (None, None, None),
        ("120", 120, 120),
        ("0", 0, 0),
        ("99999999999999999999", 3600, 3600),
        ("in ten minutes", 600, 600),
        ("ten minutes ago", 0, 0),
        ("soon", None, None),
        ("-5", None, None),
        ("Mon, 99 Foo 2026 00:00:00 GMT", None, None),
    ],
)
async def test_when_a_server_can_be_asked_again_is_what_it_says(
    status: int, header: str | None, least: float | None, most: float | None
):
    moments = {"in ten minutes": timedelta(minutes=10), "ten minutes ago": timedelta(minutes=-10)}
    theirs = datetime(2019, 5, 1, tzinfo=UTC)
    if header in moments:
        header = format_datetime(theirs + moments[header], usegmt=True)

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        told = f"Date: {format_datetime(theirs, usegmt=True)}\r\n"
        told += f"Retry-After: {header}\r\n" if header is not None else ""
        reason = http.client.responses[status]
        connection.sendall(f"HTTP/1.1 {status} {reason}\r\n{told}\r\n".encode())
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        async with outgoing(allow_private_networks=True) as way_out:
            with pytest.raises(UnreachableNow) as caught:
                await _fetched(way_out, f"http://127.0.0.1:{listener.getsockname()[1]}/")
    after = caught.value.after
    if least is None or most is None:
        assert after is None
    else:
        assert after is not None
        assert least <= after.total_seconds() <= most
