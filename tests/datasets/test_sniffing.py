"""A file's type is what its bytes say, and a browser shows only what runs nothing."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evenhand.datasets import is_shown_inline
from evenhand.datasets.sniffing import UNKNOWN, mime_type_of


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PDF"])
def test_pictures_are_known(form: str):
    written = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(written, form)
    expected = "application/pdf" if form == "PDF" else f"image/{form.lower()}"
    assert mime_type_of(written.getvalue()[:4096]) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(20), "audio/wav"),
        (b"ID3\x03\0\0\0\0\0\x21" + bytes(20), "audio/mpeg"),
        (b"\xff\xfb\x90\x44" + bytes(30), "audio/mpeg"),
        (b"fLaC\0\0\0\x22" + bytes(30), "audio/flac"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(20), "video/mp4"),
        (bytes.fromhex("1A45DFA39F4286810142F7810142F2810442F381084282847765626D"), "video/webm"),
        (b"PK\x03\x04" + bytes(40), "application/zip"),
        ("Grüße".encode(), "text/plain"),
        (b"BM is a text", "text/plain"),
        (b"a" * 4095 + "é".encode()[:1], "text/plain"),
        (b'{"a": 1}', "application/json"),
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"# title\n<script>alert(1)</script>", "text/html"),
        (b'<?xml version="1.0"?><svg onload="alert(1)">', "image/svg+xml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><a/>', "application/xml"),
        (b"MZ\x90\0" + bytes(60), UNKNOWN),
        (b"\x7fELF" + bytes(60), UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_other_files_are_known_by_their_first_bytes(head: bytes, expected: str):
    assert mime_type_of(head) == expected


@pytest.mark.parametrize(
    "head",
    [b"<html>", b"<svg>", b"  \n<SCRIPT>", b"<?xml version='1.0'?>", "<html>".encode("utf-16"),
     b"MZ\x90\0" + bytes(60), b""],
)  # fmt: skip
def test_what_a_browser_could_run_is_only_saved(head: bytes):
    assert not is_shown_inline(mime_type_of(head))


@given(st.binary(max_size=300))
def test_any_bytes_have_a_type(head: bytes):
    assert "/" in mime_type_of(head)


@given(st.text(max_size=100), st.sampled_from(["<script>", "<svg", "<iframe ", "<html"]))
def test_text_with_active_tags_is_never_shown(before: str, tag: str):
    head = (before + tag).encode()
    assert not is_shown_inline(mime_type_of(head))
