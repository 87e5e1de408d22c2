"""Requests that this server makes to addresses which its customers name.

Such a request must not become a way into the operator's own network, so the address that a
socket is about to connect to is what gets checked: neither a name that resolves differently
the second time, nor an odd way of writing a number, changes what is seen there.
"""

import ipaddress
import re
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

import lazy_loader
from yarl import URL

from evenhand.foundation.errors import Invalid, TooLarge

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractCookieJar
else:
    # Loaded by the first who opens a way out: it reads every certificate of the system.
    aiohttp = lazy_loader.load("aiohttp")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

URL_LENGTH_MAX = 8000  # what the tables hold
CONNECT_SECONDS_MAX = 10
TOTAL_SECONDS_MAX = 30
# A file of 80 MB over a slow line; a body that trickles is cut off all the same.
FETCH_SECONDS_MAX = 300
REDIRECTS_MAX = 3
CHUNK_BYTES = 256 * 1024

# Below 1024 live mail, logins and the like, which could take a request for a command of theirs.
LOW_PORTS = frozenset({80, 443})
FIRST_HIGH_PORT = 1024

# The special-purpose registries of IANA (RFC 6890 and what followed), written out, since
# Python's own `is_global` has changed its mind between patch releases.
REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32",
        "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10",
        "ff00::/8",
        # A cloud's own services answer its machines on this public address.
        "168.63.129.16/32",
    )
)  # fmt: skip
# Networks whose addresses carry an IPv4 address, and how far from the right it stands.
CARRIES_IPV4 = (
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Answers by which a server says that another time it may be otherwise; so do those from 500 on.
NOT_NOW = frozenset({408, 425, 429})
# Who sends less than this, once the line had time to open, is holding a place and no more.
BYTES_A_SECOND_MIN = 1_000
PATIENCE_SECONDS = 30
# A server may ask to be left alone for so long; attempts are numbered, so the last one comes.
RETRY_AFTER_MAX = timedelta(hours=1)

_AUTHORITY = re.compile(r"[^:/?#]+://([^/?#]*)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


# In the words of an address that does not answer, or names of the operator's network could be
# told from names that do not exist.
class AddressRefused(Invalid):
    """No connection could be made to this address."""


class UrlRefused(Invalid):
    """This URL cannot be used: it must be http or https, with a host, and hold no password."""


class Unreachable(Invalid):
    """The address could not be reached."""


class UnreachableNow(Unreachable):
    """The address could not be reached just now."""

    # What the server itself said of when it can be.
    after: timedelta | None = None


class ReplyTooLarge(TooLarge):
    """The file at this URL is larger than this server takes."""


class _Refused(OSError):
    """Stops a socket before it is made; an OSError, since aiohttp passes only those on."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is coming in from elsewhere: read it while the connection is open."""

    url: str
    chunks: AsyncIterator[bytes]


def is_refused(address: IPAddress) -> bool:
    """Tell whether an address, or the IPv4 address inside it, is not of the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        for network, bits in CARRIES_IPV4:
            if address in network:
                inner = (int(address) >> bits) & 0xFFFFFFFF
                return is_refused(ipaddress.IPv4Address(inner))
    return any(address in network for network in REFUSED_NETWORKS)


def checked_url(text: str) -> URL:
    """Parse a URL that a customer gave, to the letter; all but plain http and https is refused.

    Signatures are made over the letters of a URL, so no sign of it is written another way; what no
    URL can hold, signs beyond ASCII, is percent-encoded as UTF-8.
    """
    if len(text) > URL_LENGTH_MAX or any(c <= " " or c in "\\\x7f" for c in text):
        raise UrlRefused
    try:
        url = URL(text)
        port = url.port
        named = _AUTHORITY.match(text)
        if url.scheme not in ("http", "https") or not url.host or port is None or named is None:
            raise UrlRefused
        if "@" in named[1]:
            raise UrlRefused
        rest = _ascii(text[named.end() :].partition("#")[0])
        exact = URL(f"{url.scheme}://{url.raw_authority}{rest}", encoded=True)
    except ValueError as error:
        raise UrlRefused from error
    if port not in LOW_PORTS and port < FIRST_HIGH_PORT:
        raise UrlRefused("This URL cannot be used: its port belongs to another service.")
    return exact


def _ascii(text: str) -> str:
    # Of a header, bytes that are no UTF-8 came in as surrogates: as bytes they go out.
    return _NOT_ASCII.sub(lambda found: quote(found[0], errors="surrogateescape"), text)


class Outgoing:
    """Makes requests on behalf of tenants; keeps no cookies and knows no proxy."""

    def __init__(self, session: "aiohttp.ClientSession") -> None:
        self._session = session

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body and return the status of the answer; a redirect is an answer too."""
        target = checked_url(url)
        with _plain_errors():
            async with self._session.post(
                target, data=body, headers=headers, allow_redirects=False
            ) as response:
                # The status is all that counts: a body that trickles cannot undo it.
                return response.status

    async def exchange(
        self, url: str, body: bytes | None, *, seconds: float, bytes_max: int
    ) -> tuple[int, bytes, str]:
        """Send a text, or ask where there is none, and return status, body and type of the answer.

        A redirect is an answer too. `ReplyTooLarge` where the body is longer than `bytes_max`.
        """
        target, method = checked_url(url), "GET" if body is None else "POST"
        timeout = aiohttp.ClientTimeout(total=seconds)
        with _plain_errors():
            async with self._session.request(
                method, target, data=body, allow_redirects=False, timeout=timeout
            ) as response:
                pieces = [piece async for piece in _chunks(response, bytes_max)]
                return response.status, b"".join(pieces), response.content_type

    @asynccontextmanager
    async def fetch(self, url: str, *, bytes_max: int) -> AsyncGenerator[Fetched]:
        """Open what lies at a URL; every redirect is checked like the URL itself."""
        target = checked_url(url)
        timeout = aiohttp.ClientTimeout(
            total=FETCH_SECONDS_MAX, connect=CONNECT_SECONDS_MAX, sock_read=TOTAL_SECONDS_MAX
        )
        for _ in range(REDIRECTS_MAX + 1):
            with _plain_errors():
                response = await self._session.get(target, allow_redirects=False, timeout=timeout)
            async with response:
                if response.status not in REDIRECTS:
                    if response.status != 200:
                        raise _answered(response)
                    yield Fetched(str(target), _chunks(response, bytes_max))
                    return
                target = _next_url(target, response)
        raise Unreachable("The server redirected too often.")


@asynccontextmanager
async def outgoing(*, allow_private_networks: bool) -> AsyncGenerator[Outgoing]:
    """Open the way out; private networks are reached only when the operator says so."""
    connector = aiohttp.TCPConnector(
        socket_factory=partial(_socket_for, allow_private_networks=allow_private_networks),
        # Waiting for a free connection would count against the time of whoever waits, so one
        # tenant's slow receiver could fail another's: the callers bound themselves instead.
        limit=0,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=_no_cookies(),
        timeout=aiohttp.ClientTimeout(
            total=TOTAL_SECONDS_MAX, connect=CONNECT_SECONDS_MAX, sock_connect=CONNECT_SECONDS_MAX
        ),
        headers={"User-Agent": "Evenhand", "Accept-Encoding": "identity"},
        trust_env=False,
    ) as session:
        yield Outgoing(session)


def _answered(response: "aiohttp.ClientResponse") -> Unreachable:
    told = f"The server answered with status {response.status}."
    if response.status not in NOT_NOW and response.status < 500:
        return Unreachable(told)
    passing = UnreachableNow(told)
    passing.after = _retry_after(response.headers)
    return passing


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read for how long a server asks to be left alone: seconds, or until a date by its clock."""
    told = headers.get("Retry-After", "").strip()
    if told.isdecimal() and told.isascii():
        # Of a longer number no more is to be known than that it is too long.
        return min(timedelta(seconds=int(told[:9])), RETRY_AFTER_MAX)
    try:
        left = parsedate_to_datetime(told) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        # No date, or one with a zone and one without.
        return None
    return min(max(left, timedelta()), RETRY_AFTER_MAX)


def _no_cookies() -> "AbstractCookieJar":
    return aiohttp.DummyCookieJar()


def _socket_for(info: tuple[Any, ...], *, allow_private_networks: bool) -> socket.socket:
    family, kind, protocol, _, address = info
    host = str(address[0]).partition("%")[0]
    if not allow_private_networks and is_refused(ipaddress.ip_address(host)):
        # The same words for every address, or aiohttp would melt several into one of its own.
        raise _Refused("refused")
    return socket.socket(family, kind, protocol)


@contextmanager
def _plain_errors() -> Generator[None]:
    try:
        yield
    except aiohttp.ClientConnectorCertificateError as error:
        raise Unreachable("The server's certificate is not valid.") from error
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, _Refused):
            raise AddressRefused from error
        # A name that nobody has is told at once, as an address that is refused is: what came
        # later would tell one from the other.
        is_name = isinstance(error, aiohttp.ClientConnectorDNSError)
        kind = Unreachable if is_name else UnreachableNow
        raise kind("No connection could be made to this address.") from error
    except TimeoutError as error:
        raise UnreachableNow("The server did not answer in time.") from error
    except aiohttp.InvalidURL as error:
        raise UrlRefused from error
    except UnicodeError as error:
        # Only the look-up of a name that no domain could have ends here.
        raise UrlRefused from error
    except aiohttp.ClientError as error:
        raise UnreachableNow(f"The connection failed ({type(error).__name__}).") from error


async def _chunks(response: "aiohttp.ClientResponse", bytes_max: int) -> AsyncIterator[bytes]:
    if (response.content_length or 0) > bytes_max:
        raise ReplyTooLarge
    seen, began = 0, time.monotonic()
    with _plain_errors():
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            seen += len(chunk)
            if seen > bytes_max:
                raise ReplyTooLarge
            spent = time.monotonic() - began
            if spent > PATIENCE_SECONDS and seen < spent * BYTES_A_SECOND_MIN:
                raise UnreachableNow("The server sends too slowly.")
            yield chunk


def _next_url(current: URL, response: "aiohttp.ClientResponse") -> URL:
    location = response.headers.get("Location", "").strip()
    try:
        joined = urljoin(str(current), location.replace(" ", "%20"))
    except ValueError as error:
        raise UrlRefused from error
    return checked_url(joined)
