"""Where the public log's files lie: a folder, or a bucket of S3, Google Cloud or Azure."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore, from_url

from evenhand.foundation.errors import Unavailable
from evenhand.tlog.errors import Missing, Rewritten
from evenhand.tlog.store import Folder, Store

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

# Shorter than those of files that somebody uploads: whoever publishes comes again by itself, and
# must not hold up the epochs meanwhile.
CLIENT: "ClientConfig" = {"connect_timeout": "2s", "timeout": "5s", "allow_http": True}
RETRIES: "RetryConfig" = {"max_retries": 1, "retry_timeout": timedelta(seconds=3)}


class LogUnreachable(Unavailable):
    """The place of the public log does not answer, or cannot be written.

    Epochs go on in the database and are published once it can: look at EVENHAND_LOG_URL, at its
    rights, and whether the disk is full.
    """


class Bucket:
    """Objects of a bucket, of which those that never change are never written twice."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def read(self, path: str) -> bytes:
        """The bytes of an object, or `Missing`."""
        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError as error:
            raise Missing(path=path) from error
        except BaseError as error:
            raise LogUnreachable from error

    def create(self, files: Mapping[str, bytes]) -> None:
        """Write objects that never change; where one stands with other bytes, `Rewritten`."""
        for path, data in files.items():
            try:
                obstore.put(self._store, path, data, mode="create")
            except AlreadyExistsError as error:
                if self.read(path) != data:
                    raise Rewritten(path=path) from error
            except BaseError as error:
                raise LogUnreachable from error

    def replace(self, path: str, data: bytes) -> None:
        """Write the one object that does change."""
        try:
            obstore.put(self._store, path, data)
        except BaseError as error:
            raise LogUnreachable from error


def log_store(url_or_folder: str | Path) -> Store:
    """Open the place that a setting names."""
    text = str(url_or_folder)
    if "://" not in text:
        return Folder(Path(url_or_folder))
    return Bucket(from_url(text, client_options=CLIENT, retry_config=RETRIES))


@contextmanager
def reached() -> Generator[None]:
    """Tell trouble of the file system as that of a bucket is told."""
    try:
        yield
    except OSError as error:
        raise LogUnreachable(trouble=error.strerror or type(error).__name__) from error
