"""A witness's folder: its keys, the logs that it watches, what it has seen.

keys              private keys, a line each, for the owner's eyes only
logs              a policy file of `log` lines
seen/<hash>       the checkpoint of each log that was cosigned last
evidence/<hash>/  checkpoints of one size with unlike roots
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from evenhand.tlog.errors import LogError
from evenhand.tlog.key_file import AlreadyThere, read_keys, write_keys
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.signatures import SignatureType, SigningKey, VerifierKey
from evenhand.tlog.store import Folder
from evenhand.witness.cosigning import Witness
from evenhand.witness.memory import Memory

KEYS = "keys"
LOGS = "logs"
# The specification would have ML-DSA-44; verifiers that are in use know Ed25519.
TYPES = (SignatureType.COSIGNATURE, SignatureType.ML_DSA_44)


class AlreadyAWitness(LogError):
    """The folder holds a witness already; its keys are not replaced."""


class NoWitness(LogError):
    """The folder holds no witness: make one with `evenhand witness init FOLDER NAME`."""


def new_witness(folder: Path, name: str) -> list[VerifierKey]:
    """Make a folder with new keys for a witness of this name."""
    keys = [SigningKey.new(name, one) for one in TYPES]
    # Refuses a name that no key can have, before anything is written.
    verifier_keys = [key.verifier_key for key in keys]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        write_keys(folder / KEYS, keys)
    except AlreadyThere as error:
        raise AlreadyAWitness(folder=str(folder)) from error
    Folder(folder).replace(LOGS, bytes(Policy(())))
    return verifier_keys


def add_log(folder: Path, key: VerifierKey, url: str | None) -> None:
    """Watch one more log, or one more key of a log."""
    _require_witness(folder)
    logs = logs_of(folder)
    wanted = replace(logs, logs=(*logs.logs, Party(key, url)))
    # Read back, so that what a policy forbids is refused here and not when the witness starts.
    Folder(folder).replace(LOGS, bytes(Policy.parse(bytes(wanted))))


def logs_of(folder: Path) -> Policy:
    """The logs that the witness of a folder watches."""
    _require_witness(folder)
    return Policy.parse((folder / LOGS).read_bytes())


def opened(folder: Path, clock: Callable[[], int], logs: Policy | None = None) -> Witness:
    """The witness of a folder; it watches other logs than the folder's where these are given."""
    _require_witness(folder)
    return Witness(
        read_keys(folder / KEYS), logs_of(folder) if logs is None else logs, Memory(folder), clock
    )


def _require_witness(folder: Path) -> None:
    if not (folder / KEYS).is_file():
        raise NoWitness(folder=str(folder))
