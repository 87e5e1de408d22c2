"""Where the public log's files lie: a folder, or a bucket of S3, Google Cloud or Azure."""

from collections.abc import Mapping
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore, from_url

from evenhand.foundation.errors import Unavailable
from evenhand.tlog.errors import Missing, Rewritten
from evenhand.tlog.store import Folder, Store


class LogUnreachable(Unavailable):
    """The storage of the public log does not answer."""


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
    return Bucket(from_url(text)) if "://" in text else Folder(Path(url_or_folder))
