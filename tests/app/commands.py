"""The command line in processes of their own, forked from one that has loaded every command.

A fresh interpreter spends a second on loading before it does what a test is about. A fork has its
own arguments, environment, streams and end, as a process that a shell starts; what it has not is
the loading, which `serve` and `worker` go through in tests of their own.
"""

import array
import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from select import select
from typing import IO, Any

# What a terminal's width is read from when the commands are loaded.
COLUMNS = "80"
_one_at_a_time = threading.Lock()


def run(
    environment: dict[str, str], *words: str | bytes, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and keep what it said."""
    arguments = [os.fsdecode(word) for word in words]
    temporary = tempfile.TemporaryFile
    with temporary() as request, temporary() as out, temporary() as err:
        request.write(json.dumps([arguments, environment]).encode())
        request.seek(0)
        ended, end = os.pipe()
        with os.fdopen(ended, "rb") as reply:
            with os.fdopen(end, "wb") as told, _one_at_a_time:
                _send(_loaded(), request, out, err, told)
            if not select([reply], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(arguments, timeout)
            code = int(reply.read())
        said = [_text(stream) for stream in (out, err)]
    return subprocess.CompletedProcess(arguments, code, *said)


def _send(to: socket.socket, *files: IO[bytes]) -> None:
    sent = array.array("i", [file.fileno() for file in files])
    to.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)])


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


@functools.cache
def _loaded() -> socket.socket:
    """Start the process that has loaded all; it ends when nobody holds this socket any more."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__)), str(theirs.fileno())],
        pass_fds=[theirs.fileno()], env=os.environ | {"COLUMNS": COLUMNS}, cwd="/",
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _fork_for_each(asked: socket.socket) -> list[str]:
    """Return, in a process made for it, the words of each command that is asked for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        _, files, _, _ = socket.recv_fds(asked, 1, 4)
        if not files:
            raise SystemExit
        if os.fork():
            for file in files:
                os.close(file)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        asked.close()
        request, out, err, told = files
        if command := os.fork():
            _, status = os.waitpid(command, 0)
            os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
            os._exit(0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        for file in (out, err, told):
            os.close(file)
        with os.fdopen(request, "rb") as given:
            words, environment = json.load(given)
        os.environ.clear()
        os.environ.update(environment)
        return words


def _main(descriptor: int) -> None:
    cli: Any = import_module("evenhand.app.cli")
    commands: Any = import_module("evenhand.app.commands")
    for one in iter_modules(commands.__path__):
        import_module(f"{commands.__name__}.{one.name}")
    import_module("numba")
    sys.argv = [cli.__file__, *_fork_for_each(socket.socket(fileno=descriptor))]
    cli.main()


if __name__ == "__main__":
    _main(int(sys.argv[1]))
