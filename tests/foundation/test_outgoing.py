"""A tenant's URL never becomes a way into the operator's own network."""

import ipaddress
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.foundation import outgoing as module
from evenhand.foundation.outgoing import (
    AddressRefused,
    ReplyTooLarge,
    Unreachable,
    UrlRefused,
    checked_url,
    is_refused,
    outgoing,
)

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:8.8.8.8",
          "64:ff9b::808:808", "2002:808:808::1"]  # fmt: skip
PRIVATE = st.sampled_from(
    [network for network in module.REFUSED_NETWORKS if network.version == 4]
).flatmap(lambda network: st.integers(int(network[0]), int(network[-1])))
LOOPBACK_SPELLINGS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "localhost", "LOCALHOST", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0",
]  # fmt: skip


@asynccontextmanager
async def _serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncGenerator[int]:
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    # Also reached by the IPv6 spellings of an IPv4 address.
    listener = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    await web.SockSite(runner, listener).start()
    try:
        yield listener.getsockname()[1]
    finally:
        await runner.cleanup()


async def _fetched(way_out: module.Outgoing, url: str, *, bytes_max: int = 1000) -> bytes:
    async with way_out.fetch(url, bytes_max=bytes_max) as file:
        return b"".join([chunk async for chunk in file.chunks])


@pytest.mark.parametrize("spelling", LOOPBACK_SPELLINGS)
async def test_loopback_is_refused_however_it_is_spelt(spelling: str):
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(text="inside")

    async with _serving(answer) as port:
        url = f"http://{spelling}:{port}/x"
        async with outgoing(allow_private_networks=False) as way_out:
            with pytest.raises((AddressRefused, UrlRefused)):
                await way_out.post(url, b"{}", {})
            with pytest.raises((AddressRefused, UrlRefused)):
                await _fetched(way_out, url)
    assert seen == []


@pytest.mark.parametrize("spelling", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]"])
async def test_private_networks_are_reached_where_the_operator_says_so(spelling: str):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="inside")

    async with _serving(answer) as port:
        url = f"http://{spelling}:{port}/x"
        async with outgoing(allow_private_networks=True) as way_out:
            assert await _fetched(way_out, url) == b"inside"
            assert await way_out.post(url, b"{}", {}) == 200
        async with outgoing(allow_private_networks=False) as way_out:
            with pytest.raises(AddressRefused):
                await way_out.post(url, b"{}", {})


@given(PRIVATE)
def test_a_private_address_is_refused_in_every_form_that_carries_it(number: int):
    assert is_refused(ipaddress.IPv4Address(number))
    for network, bits in module.CARRIES_IPV4:
        assert is_refused(ipaddress.IPv6Address(int(network[0]) | number << bits))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.31.255.255", "169.254.169.254", "100.64.0.1",
     "100.100.100.200", "168.63.129.16", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "::1",
     "fe80::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "::127.0.0.1", "fec0::1"],
)  # fmt: skip
def test_addresses_that_are_not_of_the_internet_are_refused(address: str):
    assert is_refused(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(address: str):
    assert not is_refused(ipaddress.ip_address(address))


async def test_a_name_that_resolves_anew_at_every_look_up_is_checked_when_it_connects(
    monkeypatch: pytest.MonkeyPatch,
):
    # The resolver is the attacker's: it says "public" first and "loopback" afterwards.
    answers = iter(["93.184.215.14", "127.0.0.1"])

    async def rebinding(
        _self: object, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        return [
            {"hostname": host, "host": next(answers), "port": port, "family": socket.AF_INET,
             "proto": 0, "flags": socket.AI_NUMERICHOST}
        ]  # fmt: skip

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", rebinding)
    assert (await aiohttp.ThreadedResolver().resolve("rebind.test"))[0]["host"] == "93.184.215.14"
    async with outgoing(allow_private_networks=False) as way_out:
        with pytest.raises(AddressRefused):
            await way_out.post("http://rebind.test:8000/", b"", {})


async def test_a_redirect_is_followed_for_a_file_but_not_for_a_callback():
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/moved":
            return web.Response(status=302, headers={"Location": "/here"})
        return web.Response(text="found")

    async with _serving(answer) as port, outgoing(allow_private_networks=True) as way_out:
        assert await _fetched(way_out, f"http://127.0.0.1:{port}/moved") == b"found"
        assert await way_out.post(f"http://127.0.0.1:{port}/moved", b"", {}) == 302


async def test_redirects_are_followed_three_times_and_no_more():
    async def answer(request: web.Request) -> web.Response:
        left = int(request.path.strip("/"))
        if left == 0:
            return web.Response(text="end")
        return web.Response(status=307, headers={"Location": f"/{left - 1}"})

    async with _serving(answer) as port, outgoing(allow_private_networks=True) as way_out:
        assert await _fetched(way_out, f"http://127.0.0.1:{port}/3") == b"end"
        with pytest.raises(Unreachable, match="too often"):
            await _fetched(way_out, f"http://127.0.0.1:{port}/4")


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "gopher://x/", "http://[::1", ""]
)
async def test_a_redirect_to_what_is_no_plain_url_is_refused(location: str):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    async with _serving(answer) as port, outgoing(allow_private_networks=True) as way_out:
        with pytest.raises((UrlRefused, Unreachable)):
            await _fetched(way_out, f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_beyond_the_limit_is_cut_off(announced: bool):
    async def answer(request: web.Request) -> web.StreamResponse:
        if announced:
            return web.Response(body=b"x" * 1001)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x" * 1001)
        return response

    async with _serving(answer) as port, outgoing(allow_private_networks=True) as way_out:
        with pytest.raises(ReplyTooLarge):
            await _fetched(way_out, f"http://127.0.0.1:{port}/", bytes_max=1000)


async def test_a_compressed_bomb_is_cut_off_at_its_unpacked_size():
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.Response(body=b"\0" * 5_000_000)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with _serving(answer) as port, outgoing(allow_private_networks=True) as way_out:
        with pytest.raises(ReplyTooLarge):
            await _fetched(way_out, f"http://127.0.0.1:{port}/", bytes_max=100_000)


async def test_cookies_are_not_kept():
    given: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        given.append(request.headers.get("Cookie"))
        return web.Response(headers={"Set-Cookie": "a=b"})

    async with _serving(answer) as port, outgoing(allow_private_networks=True) as way_out:
        for _ in range(2):
            await way_out.post(f"http://127.0.0.1:{port}/", b"", {})
    assert given == [None, None]


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="direct")

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with _serving(answer) as port, outgoing(allow_private_networks=True) as way_out:
        assert await _fetched(way_out, f"http://127.0.0.1:{port}/") == b"direct"


async def test_whoever_does_not_listen_is_reported_as_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with outgoing(allow_private_networks=True) as way_out:
        with pytest.raises(Unreachable):
            await way_out.post(f"http://127.0.0.1:{port}/", b"", {})


@pytest.mark.parametrize(
    "url",
    ["", "x", "//host/", "ftp://host/", "file:///etc/passwd", "javascript:alert(1)", "http://",
     "http:///x", "http://user:secret@host/", "http://user@host/", "http://host:99999/",
     "http://host:22/", "http://host:25/", "http://host:0/", "http://ho st/",
     "http://host/\r\nX: y", "http://host\\@other/", "http://[::1", "mailto:a@b.example",
     "http://host/" + "a" * 8000],
)  # fmt: skip
def test_what_is_no_plain_url_is_refused(url: str):
    with pytest.raises(UrlRefused):
        checked_url(url)


@given(st.text(max_size=60))
def test_any_text_is_either_a_url_or_refused(text: str):
    for candidate in (text, f"http://{text}", f"https://host/{text}"):
        try:
            assert checked_url(candidate).scheme in ("http", "https")
        except UrlRefused:
            continue


@settings(deadline=None, max_examples=50)  # a look-up may wait for a name server
@given(st.text(st.characters(exclude_characters="/?#@:"), min_size=1, max_size=80))
async def test_any_host_name_is_answered_with_an_error_of_ours(name: str):
    # ".invalid" never resolves, so no traffic leaves whatever the name says before it.
    async with outgoing(allow_private_networks=False) as way_out:
        with pytest.raises((UrlRefused, Unreachable, AddressRefused)):
            await way_out.post(f"http://{name}.invalid/", b"", {})
