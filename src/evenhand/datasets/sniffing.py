"""What a file is, by its own bytes: what the sender calls it proves nothing."""

import codecs
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import lazy_loader

if TYPE_CHECKING:
    import puremagic
else:
    # Loaded with the first file: it reads a long list of signatures.
    puremagic = lazy_loader.load("puremagic")

# Every signature that is believed here lies within the first bytes.
HEAD_BYTES = 4096
UNKNOWN = "application/octet-stream"

# Believed when the bytes say so. What is missing here, such as a program, is just bytes.
_KNOWN = frozenset(
    {
        "application/gzip", "application/pdf", "application/zip", "audio/aac", "audio/flac",
        "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav", "audio/x-wav", "image/avif",
        "image/bmp", "image/gif", "image/jpeg", "image/jxl", "image/png",
        "image/tiff", "image/webp", "video/mp4", "video/mpeg", "video/ogg", "video/quicktime",
        "video/webm", "video/x-matroska",
    }
)  # fmt: skip
# The two letters of a bitmap may begin a text as well: so short a signature counts only for
# what is no text.
_SIGNATURE_BYTES_MIN = 3
_SHORT_SIGNATURE_BYTES = 2
_ONE_NAME = {"audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "application/ogg": "audio/ogg",
             "image/x-ms-bmp": "image/bmp", "application/x-gzip": "application/gzip",
             "video/x-m4v": "video/mp4"}  # fmt: skip
# Types that a browser shows without running anything inside; all else is for saving only.
# Not PDF: its viewers refuse the sandbox that such files are served in.
_SHOWN = frozenset(
    {
        "application/json", "audio/aac", "audio/flac", "audio/mp4",
        "audio/mpeg", "audio/ogg", "audio/wav", "image/avif", "image/bmp", "image/gif",
        "image/jpeg", "image/png", "image/webp", "text/plain", "video/mp4", "video/mpeg",
        "video/ogg", "video/quicktime", "video/webm",
    }
)  # fmt: skip
# What the library does not know, or takes for something else: JPEG 2000 for JPEG, AVI for WAVE.
_OURS = (
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\xff\x4f\xff\x51", "image/jp2"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"II+\0", "image/tiff"),
    (0, b"MM\0+", "image/tiff"),
    (8, b"AVI ", "video/x-msvideo"),
    (128, b"DICM", "application/dicom"),
)  # fmt: skip
_HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"}
)
_MPEG_SYNC = 0b111
_MPEG_LAYER_3 = 0b01
_HTML_TAGS = (
    b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<style", b"<img",
    b"<object", b"<embed", b"<form", b"<a ", b"<div", b"<p>", b"<h1",
)  # fmt: skip
_TEXT_CONTROLS = frozenset(b"\t\n\f\r\x1b")


def is_shown_inline(mime_type: str) -> bool:
    """Whether a browser may show this type in place; HTML and SVG, among others, are only saved."""
    return mime_type in _SHOWN


def is_picture(mime_type: str) -> bool:
    """Whether this type is a picture of pixels, which a decoder reads."""
    return mime_type.startswith("image/") and mime_type != "image/svg+xml"


def mime_type_of(head: bytes) -> str:
    """Name the type of a file by its first bytes; what is not recognised is just bytes."""
    if not head:
        return UNKNOWN
    return (
        _by_our_own(head)
        or _by_signature(head, _SIGNATURE_BYTES_MIN)
        or _by_text(head)
        or _by_signature(head, _SHORT_SIGNATURE_BYTES)
        or UNKNOWN
    )


def _by_our_own(head: bytes) -> str | None:
    for place, signature, name in _OURS:
        if head.startswith(signature, place):
            return name
    brands = [head[at : at + 4] for at in (8, *range(16, min(head[3], 64), 4))] if head[3:] else []
    # Pictures of either codec may call themselves by the name of the container.
    if head[4:8] == b"ftyp" and brands[0] in _HEIC_BRANDS and b"avif" not in brands:
        return "image/heic"
    return "audio/mpeg" if _is_mpeg_audio(head[:3]) else None


def _is_mpeg_audio(first: bytes) -> bool:
    """Tell a frame of MP3 from other bytes: most recordings begin with one, and no signature."""
    if len(first) < 3 or first[0] != 0xFF:
        return False
    return (
        first[1] >> 5 == _MPEG_SYNC
        and first[1] >> 1 & 0b11 == _MPEG_LAYER_3
        and first[1] >> 3 & 0b11 != 0b01
        and first[2] >> 4 not in (0, 0b1111)
        and first[2] >> 2 & 0b11 != 0b11
    )


def _by_signature(head: bytes, length_min: int) -> str | None:
    for mime_type, signature in _signatures_in(head):
        name = _ONE_NAME.get(mime_type, mime_type)
        if name in _KNOWN and len(signature) >= length_min:
            return name
    return None


def _signatures_in(head: bytes) -> list[tuple[str, bytes]]:
    # The library has no types of its own.
    magic = cast("Callable[[bytes], list[Any]]", puremagic.magic_string)  # pyright: ignore[reportUnknownMemberType]
    try:
        return [(match.mime_type, match.byte_match) for match in magic(head)]
    except puremagic.PureError:
        return []


def _by_text(head: bytes) -> str | None:
    if any(byte < 0x20 and byte not in _TEXT_CONTROLS for byte in head):
        return None
    try:
        # A character may be cut in two where the head ends.
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return None
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if b"<svg" in start:
        return "image/svg+xml"
    if any(tag in start for tag in _HTML_TAGS):
        return "text/html"
    if start.startswith(b"<?xml"):
        return "application/xml"
    if start.startswith((b"{", b"[")):
        return "application/json"
    return "text/plain"
