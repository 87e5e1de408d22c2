"""A body is the same body however it came: packed, marked, cut on its way."""

import gzip
import json
import zlib
from functools import cache
from typing import Any

import pytest
import requests
from app.scale.customer import CATEGORIZATION, Customer, error_of

BULK = "/tasks/bulk?type=categorization"
MARK = b"\xef\xbb\xbf"
ONE = json.dumps({**CATEGORIZATION, "attachment": "Žluťoučký kůň"}).encode()
ROWS = b"\n".join([ONE] * 3)
ARRAY = b"[" + b",".join([ONE] * 3) + b"]"


@cache
def bomb() -> bytes:
    """Little that grows to a thousand times its size."""
    return gzip.compress(b" " * 100_000_000)


def packed(body: bytes) -> dict[str, Any]:
    return {"data": gzip.compress(body), "headers": {"Content-Encoding": "gzip"}}


def created(reply: requests.Response) -> int:
    assert reply.status_code == 200, reply.text
    summary = reply.json()
    assert (summary["existing"], summary["failed"]) == (0, 0), summary
    return summary["created"]


@pytest.mark.parametrize("atomic", ["", "&atomic=true"])
@pytest.mark.parametrize("body", [ROWS, ARRAY, b"\n \n" + ARRAY], ids=["lines", "array", "blank"])
def test_a_mark_costs_no_line_and_hides_no_array(customer: Customer, body: bytes, atomic: str):
    assert created(customer.send("POST", BULK + atomic, data=MARK + body)) == 3


def test_a_mark_is_passed_over_wherever_it_is_cut(customer: Customer):
    for cut in range(1, 4):
        body = MARK + ROWS
        pieces = iter([body[:cut], body[cut : cut + 1], body[cut + 1 :]])
        assert created(customer.send("POST", BULK, data=pieces)) == 3


def test_files_that_each_begin_with_a_mark_may_be_sent_one_behind_the_other(customer: Customer):
    body = b"\n".join([MARK + ONE, ONE, MARK + ONE])
    assert created(customer.send("POST", BULK, data=body)) == 3


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}])
def test_a_mark_is_passed_over_in_a_single_create(customer: Customer, headers: dict[str, str]):
    reply = customer.send("POST", "/task/categorization", data=MARK + ONE, headers=headers)
    assert reply.status_code == 200, reply.text
    assert reply.json()["params"]["attachment"] == "Žluťoučký kůň"


@pytest.mark.parametrize("path", ["/task/categorization", BULK, "/projects"])
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be"])
def test_a_body_in_another_encoding_is_refused_in_words(customer: Customer, path: str, codec: str):
    mark = b"\xfe\xff" if codec == "utf-16-be" else b""
    reply = customer.send("POST", path, data=mark + ONE.decode().encode(codec))
    assert reply.status_code == 400
    assert "UTF-16" in error_of(reply)


@pytest.mark.parametrize("body", [ROWS, ARRAY, MARK + ARRAY], ids=["lines", "array", "marked"])
def test_what_is_packed_by_gzip_is_read(customer: Customer, body: bytes):
    assert created(customer.send("POST", BULK, **packed(body))) == 3


def test_packed_files_one_behind_the_other_are_read_as_one(customer: Customer):
    body = gzip.compress(ROWS + b"\n") + gzip.compress(ROWS) + b"\0" * 512
    headers = {"Content-Encoding": "x-gzip"}
    pieces = iter([body[at : at + 5] for at in range(0, len(body), 5)])
    assert created(customer.send("POST", BULK, data=pieces, headers=headers)) == 6


def test_a_single_create_and_a_project_may_be_packed(customer: Customer):
    assert customer.send("POST", "/task/categorization", **packed(ONE)).status_code == 200
    project = json.dumps({"name": "p", "type": "categorization"}).encode()
    assert customer.send("POST", "/projects", **packed(project)).status_code == 200
    assert customer.send("GET", "/projects/p").status_code == 200


def test_what_the_same_key_brings_packed_is_the_same(customer: Customer):
    key = {"Idempotency-Key": "one"}
    plain = customer.send("POST", BULK, data=ROWS, headers=key)
    again = customer.send(
        "POST", BULK, data=gzip.compress(ROWS), headers={**key, "Content-Encoding": "gzip"}
    )
    assert again.content == plain.content


@pytest.mark.parametrize("path", ["/task/categorization", BULK, "/projects", "/files/upload"])
@pytest.mark.parametrize("kind", ["br", "deflate", "zstd", "gzip, gzip", "rot13"])
def test_other_ways_to_pack_are_refused_in_words(customer: Customer, path: str, kind: str):
    headers = {"Content-Encoding": kind}
    if path.startswith("/files"):
        headers["Content-Type"] = "multipart/form-data; boundary=x"
    reply = customer.send("POST", path, data=zlib.compress(ONE), headers=headers)
    assert reply.status_code == 415
    assert "gzip" in error_of(reply)


@pytest.mark.parametrize("path", ["/task/categorization", BULK])
@pytest.mark.parametrize(
    "body",
    [ONE, gzip.compress(ONE, mtime=0)[:-9], b"\x1f\x8b\x08"],
    ids=["plain", "cut off", "begun"],
)
def test_what_is_no_gzip_or_breaks_off_is_refused_in_words(
    customer: Customer, path: str, body: bytes
):
    reply = customer.send("POST", path, data=body, headers={"Content-Encoding": "gzip"})
    assert reply.status_code == 400
    assert "gzip" in error_of(reply)


@pytest.mark.parametrize("path", ["/task/categorization", BULK, "/projects"])
def test_what_grows_beyond_all_measure_is_refused(customer: Customer, path: str):
    reply = customer.send("POST", path, data=bomb(), headers={"Content-Encoding": "gzip"})
    assert reply.status_code == 413
    assert error_of(reply)


def test_many_like_lines_that_shrink_to_little_are_read(customer: Customer):
    row = json.dumps(CATEGORIZATION).encode()
    body = b"\n".join([row] * 5_000)
    assert len(body) > 80 * len(gzip.compress(body))
    assert created(customer.send("POST", BULK, **packed(body))) == 5_000
