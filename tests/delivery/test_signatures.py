"""A receiver can tell whose body it is, that nobody changed it and that it is fresh."""

from datetime import UTC, datetime, timedelta

import pytest
from given import NOW
from hypothesis import given
from hypothesis import strategies as st

from evenhand.delivery.signatures import (
    TOLERANCE,
    SignatureInvalid,
    signed,
    verify,
    webhook_secret,
)

SECRET = webhook_secret("a callback auth key")
BODY = b'{"task_id":"1"}'


def signed_now(body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    return signed(body, secret, webhook_id="c1", at=NOW)


def refused(body: bytes, headers: dict[str, str], secret: str = SECRET, now=NOW) -> None:
    with pytest.raises(SignatureInvalid):
        verify(body, headers, secret, now=now)


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_was_signed_verifies(body: bytes, key: str):
    secret = webhook_secret(key)
    verify(body, signed_now(body, secret), secret, now=NOW)


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_body_with_one_changed_bit_does_not(body: bytes, data: st.DataObject):
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[at // 8] ^= 1 << at % 8
    refused(bytes(changed), signed_now(body))


def test_another_secret_does_not_nor_one_that_is_none():
    refused(BODY, signed_now(), webhook_secret("another key"))
    refused(BODY, signed_now(), "whsec_*")


@pytest.mark.parametrize(
    "aside", [TOLERANCE + timedelta(seconds=1), -TOLERANCE - timedelta(seconds=1)]
)
def test_an_old_or_early_signature_does_not(aside: timedelta):
    refused(BODY, signed_now(), now=NOW + aside)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_a_signature_whose_time_or_id_was_changed_does_not(name: str):
    refused(BODY, {**signed_now(), name: str(int(NOW.timestamp()) + 60)})


def test_one_right_signature_among_several_is_enough():
    headers = signed_now()
    several = f"v1,AAAA v1a,{headers['webhook-signature'][3:]} {headers['webhook-signature']}"
    verify(BODY, {**headers, "webhook-signature": several}, SECRET, now=NOW)


@given(st.text(max_size=80))
def test_a_header_that_is_none_does_not(header: str):
    refused(BODY, {**signed_now(), "webhook-signature": header})


@pytest.mark.parametrize("time", ["", "-1", "x", "²", "9" * 30])
def test_a_time_that_is_none_does_not(time: str):
    refused(BODY, {**signed_now(), "webhook-timestamp": time})


def test_headers_that_are_missing_do_not():
    for name in signed_now():
        refused(BODY, {key: value for key, value in signed_now().items() if key != name})


def test_the_signature_is_the_one_that_others_libraries_check():
    """The example that the libraries of Standard Webhooks are tested with."""
    headers = signed(
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
