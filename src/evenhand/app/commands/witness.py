"""`evenhand witness`: watch logs, and cosign what only grows; needs a folder and nothing else."""

import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import cyclopts

from evenhand import witness
from evenhand.app.commands.output import AsJson, err, print_facts, print_json, print_rows
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Forked, LogError, Unreachable
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Policy
from evenhand.tlog.signatures import SignatureType, VerifierKey
from evenhand.tlog.sources import Site, is_url, source

witness_app = cyclopts.App(name="witness", help="Watch logs and cosign what only grows.")

EVERY_SECONDS = 10.0
PORT = 8100


@witness_app.command
def init(folder: Path, name: str, *, json: AsJson = False) -> None:
    """Make a witness with keys of its own, and print those by which others check it.

    Parameters
    ----------
    folder
        Where it keeps its keys and what it has seen. Never put back an older copy of it: the
        witness would cosign what it has already seen rolled back.
    name
        What it is called in its signatures, such as example.com/witness.
    """
    keys = {_type_name(key): str(key) for key in witness.new_witness(folder, name)}
    print_facts({"name": name, **keys}, as_json=json)


@witness_app.command
def add_log(folder: Path, key: str, *, url: str | None = None, json: AsJson = False) -> None:
    """Watch a log, or one more key of it.

    Parameters
    ----------
    folder
        The witness's folder.
    key
        The log's key, as name+id+base64; the name is the log's origin.
    url
        Where the log's checkpoint and tiles are.
    """
    log_key = VerifierKey.parse(key)
    witness.add_log(folder, log_key, url)
    print_facts({"origin": log_key.name, "type": _type_name(log_key), "url": url}, as_json=json)


@witness_app.command
def status(folder: Path, *, json: AsJson = False) -> None:
    """Show how far each log had come when it was last cosigned.

    Parameters
    ----------
    folder
        The witness's folder.
    """
    one = witness.opened(folder, _now)
    urls = {log.key.name: log.url for log in witness.logs_of(folder).logs}
    rows: list[dict[str, object]] = []
    for origin, url in urls.items():
        last = one.memory.last(origin)
        seen = None if last is None else Checkpoint.parse(last.text)
        rows.append(
            {
                "origin": origin,
                "url": url,
                "size": 0 if seen is None else seen.size,
                "root": None if seen is None else seen.root.hex(),
            }
        )
    print_rows(rows, as_json=json, empty="No logs yet: evenhand witness add-log FOLDER KEY")


@witness_app.command
def serve(
    folder: Path,
    *,
    log_policy: Path | None = None,
    host: str = "127.0.0.1",
    port: int = PORT,
    json: AsJson = False,
) -> None:
    """Let logs send their checkpoints; stop it with Ctrl+C.

    Parameters
    ----------
    folder
        The witness's folder.
    log_policy
        A policy file with the logs to watch, instead of those of the folder.
    host
        Address to listen on.
    port
        Port to listen on.
    """
    # Other commands of a witness do without a web server.
    from uvicorn import Server  # noqa: PLC0415

    from evenhand.app.door.connections import web_config  # noqa: PLC0415
    from evenhand.app.witness_server import witness_app as application  # noqa: PLC0415

    logs = None if log_policy is None else Policy.parse(log_policy.read_bytes())
    one = witness.opened(folder, _now, logs)
    print_facts({"listening": f"http://{host}:{port}", "folder": str(folder)}, as_json=json)
    Server(web_config(application(one), host=host, port=port)).run()


@witness_app.command
def follow(
    folder: Path,
    url: str,
    *,
    every: Annotated[float, cyclopts.Parameter(help="Seconds between two looks.")] = EVERY_SECONDS,
    post: str | None = None,
    once: bool = False,
    json: AsJson = False,
) -> None:
    """Ask a log for its checkpoints and cosign them; exit 1 when it shows two histories.

    Parameters
    ----------
    folder
        The witness's folder.
    url
        Where the log's checkpoint and tiles are: a URL, or a folder.
    post
        Send every cosigned checkpoint to this URL.
    once
        Look once, and do not wait for more.
    """
    one = witness.opened(folder, _now)
    while True:
        try:
            with source(url) as read:
                found = witness.follow_once(one, read)
            if found.is_new or once:
                _tell(found, as_json=json)
            if post is not None:
                _send(post, found.note)
        except LogError as error:
            # What may be otherwise the next time is told and tried again; a fork never is.
            if once or isinstance(error, Forked):
                raise
            err.print(str(error), markup=False)
        if once:
            return
        time.sleep(every)


@witness_app.command
def compare(folder: Path, other: str, *, log: str, json: AsJson = False) -> None:
    """Hold what another witness cosigned against what this one did; exit 1 if the log forked.

    Parameters
    ----------
    folder
        The witness's folder.
    other
        The other's checkpoint of the log: a file, or the URL at which that witness shows it.
    log
        Where the log's tiles are: a URL, or a folder.
    """
    data = _fetched(other) if is_url(other) else Path(other).read_bytes()
    with source(log) as read:
        ours, theirs = witness.compare(witness.opened(folder, _now), Note.parse(data), read)
    facts = {"origin": ours.origin, "ours": ours.size, "theirs": theirs.size, "one_history": True}
    print_facts(facts, as_json=json)


def _tell(found: witness.Followed, *, as_json: bool) -> None:
    facts = {
        "origin": found.checkpoint.origin,
        "size": found.checkpoint.size,
        "root": found.checkpoint.root.hex(),
    }
    if as_json:
        print_json({**facts, "checkpoint": bytes(found.note).decode()})
    else:
        print_facts(facts, as_json=False)


def _fetched(url: str) -> bytes:
    with closing(Site(url)) as site:
        return site.read("")


def _send(url: str, note: Note) -> None:
    with closing(Site(url)) as site:
        status, _ = site.post("", bytes(note))
    if not 200 <= status < 300:
        raise Unreachable(f"Whoever is to be sent cosigned checkpoints answers {status}.", url=url)


def _type_name(key: VerifierKey) -> str:
    return {
        SignatureType.ED25519: "ed25519",
        SignatureType.COSIGNATURE: "ed25519_cosignature",
        SignatureType.ML_DSA_44: "ml_dsa_44",
    }[key.type]


def _now() -> int:
    return int(time.time())
