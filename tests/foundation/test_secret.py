"""What the server seals opens for its own purpose, its own holder and itself alone."""

import base64
import stat
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from evenhand.foundation.secret import SECRET_BYTES, Secret, UnknownHandle, load_secret

OURS = Secret(b"a secret that is only for testing")
OTHER = Secret(b"one more that is only for testing")
PRINT_KEY = """
import sys
from pathlib import Path
from evenhand.foundation.secret import load_secret
print(load_secret(Path(sys.argv[1]), None).key("x").hex())
"""
TENANT, ROW, ANNA, BEN = (UUID(int=number) for number in range(1, 5))


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_what_was_sealed_opens_again(plaintext: bytes, bound_to: bytes) -> None:
    assert OURS.unseal(OURS.seal(plaintext, bound_to=bound_to), bound_to=bound_to) == plaintext


def test_a_seal_opens_for_nothing_else_than_it_is_bound_to() -> None:
    sealed = OURS.seal(b"key", bound_to=b"tenant one")
    with pytest.raises(InvalidTag):
        OURS.unseal(sealed, bound_to=b"tenant two")


def test_a_seal_of_another_server_does_not_open() -> None:
    with pytest.raises(InvalidTag):
        OTHER.unseal(OURS.seal(b"key", bound_to=b"x"), bound_to=b"x")


@given(st.integers(0, 30), st.integers(1, 255))
def test_one_changed_byte_breaks_a_seal(place: int, change: int) -> None:
    sealed = bytearray(OURS.seal(b"key", bound_to=b"x"))
    sealed[place] ^= change
    with pytest.raises(InvalidTag):
        OURS.unseal(bytes(sealed), bound_to=b"x")


def test_two_seals_of_one_thing_look_unlike() -> None:
    assert OURS.seal(b"key", bound_to=b"x") != OURS.seal(b"key", bound_to=b"x")


def test_a_handle_leads_its_holder_back_to_the_row() -> None:
    handle = OURS.handle(TENANT, ROW, holder=ANNA)
    assert OURS.open_handle(handle, holder=ANNA) == (TENANT, ROW)


def test_a_handle_is_unknown_to_anybody_else() -> None:
    handle = OURS.handle(TENANT, ROW, holder=ANNA)
    with pytest.raises(UnknownHandle):
        OURS.open_handle(handle, holder=BEN)
    with pytest.raises(UnknownHandle):
        OTHER.open_handle(handle, holder=ANNA)


def test_handles_of_one_tenant_have_nothing_in_common() -> None:
    first, second = (OURS.handle(TENANT, UUID(int=n), holder=ANNA) for n in (1, 2))
    assert first[:8] != second[:8]
    assert TENANT.bytes not in base64.urlsafe_b64decode(first + "==")


def test_a_row_has_one_handle_for_a_holder() -> None:
    assert OURS.handle(TENANT, ROW, holder=ANNA) == OURS.handle(TENANT, ROW, holder=ANNA)


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()))
def test_whatever_is_sent_as_a_handle_is_unknown_and_nothing_else(text: str) -> None:
    with pytest.raises(UnknownHandle):
        OURS.open_handle(text, holder=ANNA)


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {OURS.key("files"), OURS.key("callbacks"), OTHER.key("files")}
    assert len(keys) == 3
    assert OURS.key("files") in keys
    assert len(OURS.key("files", length=64)) == 64


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(AssertionError):
        Secret(b"short")


def test_a_secret_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    first = load_secret(tmp_path, None)
    assert load_secret(tmp_path, None).key("x") == first.key("x")
    (kept,) = tmp_path.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(base64.b64decode(kept.read_bytes())) == SECRET_BYTES


def test_a_secret_that_is_given_is_not_kept(tmp_path: Path) -> None:
    given_secret = load_secret(tmp_path, "an operator's secret of 32 bytes or more")
    assert given_secret.key("x") != load_secret(tmp_path, None).key("x")


def test_servers_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", PRINT_KEY, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    keys = [racer.communicate(timeout=60)[0].strip() for racer in racers]
    assert set(keys) == {load_secret(tmp_path, None).key("x").hex()}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
