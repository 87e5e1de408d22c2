"""Where a log is read from: a folder on this machine, or a URL."""

import gzip
import http.client
import io
import zlib
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from evenhand.tlog.errors import Malformed, Missing, Unreachable
from evenhand.tlog.reading import Read
from evenhand.tlog.store import Folder
from evenhand.tlog.tiles import FILE_BYTES_MAX

SECONDS_MAX = 20.0  # to connect, and for each piece of an answer
ANSWER_BYTES_MAX = 256 * 1024  # of whoever is sent something


@contextmanager
def source(place: str) -> Generator[Read]:
    """Read from a URL of http or https, or else from a folder, while the block runs."""
    if not is_url(place):
        yield Folder(Path(place)).read
        return
    with closing(Site(place)) as site:
        yield site.read


def is_url(place: str) -> bool:
    """Tell a URL from a path."""
    return place.startswith(("http://", "https://"))


class Site:
    """The files of a log over HTTP, along one connection that is kept; not for several threads."""

    def __init__(self, url: str, *, seconds: float = SECONDS_MAX) -> None:
        parts = urlsplit(url)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if parts.scheme not in kinds or not parts.hostname or parts.query or parts.fragment:
            raise Malformed("A log has a URL of http or https, without ? and #.", url=url)
        self._prefix = parts.path.rstrip("/")
        self._connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=seconds)

    def close(self) -> None:
        """Give up the connection; another is made for whatever is read after it."""
        self._connection.close()

    def read(self, path: str) -> bytes:
        """The bytes of a file, or `Missing`."""
        status, data = self._asked("GET", path, None, most=FILE_BYTES_MAX)
        if status in {404, 410}:
            raise Missing(path=path)
        if status != 200:
            raise Unreachable(f"The log answers {status}.", path=path)
        return data

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send a text, and return the status and the body of the answer."""
        return self._asked("POST", path, body, most=ANSWER_BYTES_MAX)

    def _asked(self, method: str, path: str, body: bytes | None, *, most: int) -> tuple[int, bytes]:
        headers = {"Accept-Encoding": "gzip, identity"}
        if body is not None:
            headers["Content-Type"] = "text/plain; charset=utf-8"
        # Once more: a kept connection may have been closed by the other side meanwhile.
        with suppress(http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            if self._connection.sock is not None:
                return self._answer(method, path, body, headers, most)
        self._connection.close()
        try:
            return self._answer(method, path, body, headers, most)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unreachable(path=path, trouble=str(error) or type(error).__name__) from error

    def _answer(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], most: int
    ) -> tuple[int, bytes]:
        url = f"{self._prefix}/{path}" if path else self._prefix or "/"
        self._connection.request(method, url, body, headers)
        answer = self._connection.getresponse()
        data = answer.read(most + 1)
        if len(data) > most:
            self._connection.close()
            raise Malformed(f"The answer has more than {most} bytes.", path=path)
        if answer.headers.get("Content-Encoding", "").lower() == "gzip":
            data = _unzipped(data, most)
        return answer.status, data


def _unzipped(data: bytes, most: int) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            whole = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Malformed("The answer is not compressed as it says.") from error
    if len(whole) > most:
        raise Malformed(f"The answer has more than {most} bytes.")
    return whole
