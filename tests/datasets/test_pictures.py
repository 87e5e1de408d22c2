"""A picture is decoded wholly as it comes in: shown as it is, written anew upright, or refused."""

import io
import struct
import zlib
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pictures import HEIC, HEIC_TURNED, HEIGHT, HTML, WIDTH, is_upright, picture, upright
from PIL import Image

from evenhand.datasets import examining
from evenhand.datasets.examining import Flaw, Picture, Seen

BYTES_MAX = 1_000_000


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(content), 1000):
        yield content[begin : begin + 1000]


async def looked(content: bytes, *, bytes_max: int = BYTES_MAX) -> tuple[Seen, bytes]:
    async with examining.looked_at(uuid4(), _pieces(content), bytes_max=bytes_max) as found:
        return found.seen, b"".join([piece async for piece in found.instead])


def saved(image: Image.Image, form: str, **how: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **how)
    return content.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP"])
async def test_what_browsers_show_is_shown_as_it_is(form: str):
    seen, instead = await looked(picture(form))
    assert seen == Picture(width=WIDTH, height=HEIGHT)
    assert instead == b""


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
async def test_what_lies_on_its_side_is_written_upright(form: str, orientation: int):
    seen, instead = await looked(picture(form, orientation=orientation))
    assert isinstance(seen, Picture)
    assert (seen.width, seen.height) == (WIDTH, HEIGHT)
    assert is_upright(instead)
    with Image.open(io.BytesIO(instead)) as written:
        assert written.size == (WIDTH, HEIGHT)
        assert not written.getexif()


@pytest.mark.parametrize("form", ["TIFF", "JPEG2000"])
async def test_what_no_browser_shows_is_written_as_what_it_shows(form: str):
    seen, instead = await looked(picture(form))
    assert seen == Picture(width=WIDTH, height=HEIGHT, written="image/png")
    assert is_upright(instead)


async def test_a_photograph_of_a_telephone_is_written_as_jpeg():
    for content, size in ((HEIC, (48, 32)), (HEIC_TURNED, (32, 48))):
        seen, instead = await looked(content)
        assert seen == Picture(width=size[0], height=size[1], written="image/jpeg")
        with Image.open(io.BytesIO(instead)) as written:
            assert (written.format, written.size) == ("JPEG", size)


async def test_of_many_pages_the_first_is_shown():
    pages = [upright(), Image.new("RGB", (10, 10))]
    seen, instead = await looked(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert seen == Picture(width=WIDTH, height=HEIGHT, written="image/png")
    assert is_upright(instead)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "LAB", "I;16"])
async def test_every_way_to_write_colours_can_be_shown(mode: str):
    grey = upright().convert("L")
    given = grey.convert("I").convert("I;16") if mode == "I;16" else upright().convert(
        "RGB" if mode == "LAB" else mode
    )  # fmt: skip
    if mode == "LAB":
        given = Image.new("LAB", (WIDTH, HEIGHT))
    seen, instead = await looked(saved(given, "TIFF"))
    assert isinstance(seen, Picture), seen
    with Image.open(io.BytesIO(instead)) as written:
        assert written.size == (WIDTH, HEIGHT)


async def test_what_is_seen_through_stays_so_when_it_is_turned():
    clear = Image.new("P", (WIDTH, HEIGHT))
    exif = Image.Exif()
    exif[0x0112] = 6
    seen, instead = await looked(saved(clear, "PNG", transparency=0, exif=exif.tobytes()))
    assert isinstance(seen, Picture)
    with Image.open(io.BytesIO(instead)) as written:
        assert written.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "JPEG2000"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
async def test_a_picture_that_is_cut_off_is_told_so(form: str, share: float):
    noise = Image.effect_noise((300, 200), 90).convert("RGB")
    whole = saved(noise, form)
    seen, _ = await looked(whole[: int(len(whole) * share)])
    assert isinstance(seen, Flaw), form
    assert "damaged or cut off" in seen.words or "cannot be read" in seen.words


async def test_a_photograph_of_a_telephone_that_is_cut_off_is_told_so():
    seen, _ = await looked(HEIC[:-40])
    assert isinstance(seen, Flaw)


async def test_a_moving_picture_that_is_cut_off_is_told_so():
    frames = [Image.effect_noise((60, 40), 90).convert("P") for _ in range(4)]
    whole = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (await looked(whole))[0] == Picture(width=60, height=40)
    assert isinstance((await looked(whole[: len(whole) // 2]))[0], Flaw)


@pytest.mark.parametrize(
    "content", [b"", b"x", HTML, b"not a picture at all", bytes(5000), b"%PDF-1.7\n" + bytes(99)]
)
async def test_what_is_no_picture_is_told_so(content: bytes):
    seen, _ = await looked(content)
    assert isinstance(seen, Flaw)
    assert "cannot be read as a picture" in seen.words


async def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked():
    def chunk(name: bytes, data: bytes) -> bytes:
        whole = name + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)
    data = zlib.compress(bytes(10_000_000))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data)
    seen, _ = await looked(bomb + chunk(b"IEND", b""))
    assert isinstance(seen, Flaw)
    assert "50,000 by 50,000 pixels" in seen.words


async def test_the_largest_picture_fits_the_bounds_of_memory_and_time():
    side = 8192
    assert side * side == examining.PIXELS_MAX
    large = Image.new("RGB", (side, side), (9, 9, 9))
    exif = Image.Exif()
    exif[0x0112] = 6
    seen, instead = await looked(
        saved(large, "JPEG", quality=30, exif=exif.tobytes()), bytes_max=80_000_000
    )
    assert seen == Picture(width=side, height=side, written="image/jpeg")
    assert instead


async def test_what_would_be_written_too_large_is_written_as_a_photograph():
    noise = Image.effect_noise((600, 400), 90).convert("RGB")
    seen, instead = await looked(saved(noise, "TIFF"), bytes_max=300_000)
    assert seen == Picture(width=600, height=400, written="image/jpeg")
    assert len(instead) <= 300_000


async def test_numbers_that_are_no_colours_are_told_so():
    for mode in ("F", "I"):
        seen, _ = await looked(saved(Image.new(mode, (9, 9)), "TIFF"))
        assert isinstance(seen, Flaw)
        assert "not colours" in seen.words


async def test_the_small_copy_in_a_cameras_raw_file_is_not_taken_for_its_picture():
    seen, _ = await looked(saved(upright(), "TIFF", tiffinfo={254: 1}))
    assert isinstance(seen, Flaw)
    assert "raw" in seen.words


async def test_a_place_and_a_camera_are_not_written_again():
    exif = Image.Exif()
    exif[0x0112] = 3
    exif[0x010F] = "Camera of somebody"
    seen, instead = await looked(saved(upright(), "JPEG", exif=exif.tobytes(), comment=b"secret"))
    assert isinstance(seen, Picture)
    assert b"Camera" not in instead
    assert b"secret" not in instead
