"""Finding our own PostgreSQL process: the one that listens on our socket, whatever a file says.

A process id in a lock file says little. In a copy of a running folder it is the original's, and
after a crash it may have become anybody's. What cannot be copied is a socket that somebody
listens on.
"""

import os
import select
import socket
import struct
import subprocess
import sys
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


def listener(socket_folder: Path) -> int | None:
    """The process that listens on the socket in this folder; nothing when nobody does."""
    with socket.socket(socket.AF_UNIX) as way:
        try:
            # Blocking, since a queue that is full for a moment must not look like nobody.
            way.connect(str(socket_folder / SOCKET))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        if sys.platform == "darwin":
            # LOCAL_PEERPID of SOL_LOCAL, which Python has no names for.
            return int.from_bytes(way.getsockopt(0, 2, 4), sys.byteorder)
        pid, _, _ = struct.unpack("3i", way.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return pid


class Watch:
    """Looks again and again whether anybody listens on the socket in a folder.

    For whoever connects PostgreSQL starts a process, so the one that was found is followed, where
    the system can; it is asked for again when it has ended or its socket is gone.
    """

    def __init__(self, socket_folder: Path) -> None:
        self._folder = socket_folder
        self._followed: int | None = None  # a descriptor that tells of its end

    def is_lost(self) -> bool:
        """Say whether nobody is followed, so that one has to look again."""
        return (
            self._followed is None
            or _has_ended(self._followed)
            or not (self._folder / SOCKET).exists()
        )

    def look(self) -> bool:
        """Say whether anybody listens, and follow them from now on."""
        self.close()
        pid = listener(self._folder)
        if pid is not None:
            self._followed = _descriptor_of(pid)
        return pid is not None

    def close(self) -> None:
        """Follow nobody any longer."""
        if self._followed is not None:
            os.close(self._followed)
            self._followed = None


def _descriptor_of(pid: int) -> int | None:
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        # Forbidden to whoever runs in some containers.
        return None


def _has_ended(descriptor: int) -> bool:
    ended = select.poll()
    ended.register(descriptor, select.POLLIN)
    return bool(ended.poll(0))


def written(cluster: Path) -> int | None:
    """The process that the folder's lock file names."""
    return _named_in(cluster / "postmaster.pid")


def disown_strangers(cluster: Path, socket_folder: Path) -> None:
    """Take from lock files the processes that have nothing to do with this folder.

    PostgreSQL would take them for servers of ours and refuse to start. It is told our own id,
    which it knows for its starter's, so that it still looks for what else may use the folder.
    """
    for lock in (cluster / "postmaster.pid", socket_folder / f"{SOCKET}.lock"):
        named = _named_in(lock)
        if named is not None and not _serves(named, cluster):
            _, *rest = lock.read_text().splitlines(keepends=True)
            descriptor = os.open(lock, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "w") as file:
                file.writelines([f"{os.getpid()}\n", *rest])


def _named_in(lock: Path) -> int | None:
    try:
        return int(lock.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _serves(pid: int, cluster: Path) -> bool:
    arguments = _arguments(pid)
    # What cannot be looked at may be ours: PostgreSQL then decides by itself.
    return arguments is None or any(_is_same(Path(one), cluster) for one in arguments)


def _arguments(pid: int) -> list[str] | None:
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except FileNotFoundError:
            return []
        except OSError:
            return None
    told = subprocess.run(  # noqa: S603 - a number and nothing from outside
        ["/bin/ps", "-ww", "-p", str(pid), "-o", "args="],
        capture_output=True,
        text=True,
        check=False,
    )
    _, _, after = told.stdout.partition(" -D ")
    return [after.split(" -c ")[0].strip()]


def _is_same(path: Path, cluster: Path) -> bool:
    try:
        return path.is_absolute() and path.samefile(cluster)
    except OSError:
        return False
