"""A log with keys of its own, written into a folder and perhaps served, for whoever tests one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Missing, Rewritten
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.signatures import SignatureType, SigningKey, signed
from evenhand.tlog.store import Folder
from evenhand.tlog.writer import LogWriter

ORIGIN = "example.com/log"
TIME = 1_790_000_000
LOG_KEYS = [
    SigningKey(ORIGIN, SignatureType.ED25519, b"e" * 32),
    SigningKey(ORIGIN, SignatureType.ML_DSA_44, b"m" * 32),
]
TRUSTED = Policy(tuple(Party(key.verifier_key) for key in LOG_KEYS))

# Entries whose full subtrees are known, of a log with tiles on three levels.
SHORT = [b"%d" % number for number in range(70_000)]
HASHES = tree.subtrees_of([tree.leaf_hash(entry) for entry in SHORT])


def entries(count: int, first: int = 0) -> list[bytes]:
    """So many entries, all different and of several lengths."""
    return [b"entry %d" % number * (number % 3 + 1) for number in range(first, first + count)]


def head(writer: LogWriter) -> Checkpoint:
    """Where a log stands."""
    return Checkpoint(ORIGIN, writer.size, writer.root)


def publish(writer: LogWriter, keys: Sequence[SigningKey] = LOG_KEYS) -> Checkpoint:
    """Sign where the log stands, and show it."""
    checkpoint = head(writer)
    writer.publish(signed(checkpoint, keys, time=TIME))
    return checkpoint


def written(folder: Path, content: Sequence[bytes]) -> LogWriter:
    """A published log of these entries."""
    writer = LogWriter(Folder(folder))
    writer.append(content)
    publish(writer)
    return writer


def files(folder: Path) -> list[Path]:
    """Every file of a log, in a fixed order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine, and give its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Held:
    """A store in memory, which gives up after so many files."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.creations_left = 1_000_000

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise Missing(path=path)
        return self.files[path]

    def create(self, files: Mapping[str, bytes]) -> None:
        for path, data in files.items():
            if self.files.get(path, data) != data:
                raise Rewritten(path=path)
        for path, data in files.items():
            if self.creations_left == 0:
                raise OSError("killed")
            self.creations_left -= 1
            self.files[path] = data

    def replace(self, path: str, data: bytes) -> None:
        self.files[path] = data


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body at once: in two pieces, the second would wait 40 ms for the other side.
    wbufsize = 1 << 17

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the class above
        pass
