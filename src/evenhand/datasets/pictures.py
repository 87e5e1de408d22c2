"""What a picture is, found by decoding all of it; runs in a child process, bounded from outside.

Browsers turn a picture by what its EXIF says and other readers of its bytes do not. So what lies on
its side is written anew, upright and without EXIF, and so is what no browser shows.
"""

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pi_heif
from PIL import ExifTags, Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from evenhand.datasets.examining import PIXELS_MAX, Flaw, Picture, Seen

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "JPEG2000", "HEIF")
# What browsers show as it is.
SHOWN = frozenset({"JPEG", "MPO", "PNG", "GIF", "WEBP", "AVIF", "BMP"})
# Photographs are written as photographs: without loss they take five times the place.
PHOTOGRAPHS = frozenset({"JPEG", "MPO", "HEIF"})
FRAMES_MAX = 100  # of a moving picture are decoded; a browser shows the rest as far as it comes
JPEG_QUALITY = 95  # one more generation of this cannot be told by eye
PNG_EFFORT = 3  # of 9, which takes four times as long for a tenth of the size
SCALE_TO_CHECK = 8  # a JPEG is read to its end, and a sixty-fourth of it kept
_COLOURS = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_NAMES = {"JPEG2000": "JPEG 2000", "HEIF": "HEIC", "MPO": "JPEG", "WEBP": "WebP"}
_REDUCED = 1  # the bit of NewSubfileType by which a TIFF says that this is a small copy

cast("Callable[[], None]", pi_heif.register_heif_opener)()  # pyright: ignore[reportUnknownMemberType]
# The bound is ours, and said in our words.
Image.MAX_IMAGE_PIXELS = None


def look(given: str, made: str, *, bytes_max: int) -> Seen:
    """Decode a picture wholly; what has to be shown in its place is written to `made`."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, resource.RLIM_INFINITY))
    try:
        with Image.open(given, formats=FORMATS) as picture:
            return _seen(picture, made)
    except MemoryError:
        raise
    except UnidentifiedImageError:
        return Flaw("cannot be read as a picture of any kind that is known here")
    except Exception as error:  # noqa: BLE001 - each decoder fails in ways of its own
        return Flaw(f"is damaged or cut off: {_told(error)}")


def _seen(picture: Image.Image, made: str) -> Seen:
    name = _NAMES.get(picture.format or "", picture.format or "")
    pixels = picture.width * picture.height
    if pixels > PIXELS_MAX:
        return Flaw(
            f"is a {name} of {picture.width:,} by {picture.height:,} pixels, and {PIXELS_MAX:,} in "
            "all are the most that browsers show well; cut it into tiles"
        )
    if _is_raw(picture):
        return Flaw("is a camera's raw file, in which no more than a small copy can be shown; "
                    "export it as JPEG")  # fmt: skip
    shown = picture.format in SHOWN
    whole = picture.size
    if shown and picture.format in PHOTOGRAPHS and _turn(picture) == 1:
        width, height = (max(1, side // SCALE_TO_CHECK) for side in picture.size)
        picture.draft(picture.mode, (width, height))
    else:
        whole = None
    picture.load()
    if shown and _turn(picture) == 1:
        _play(picture)
        width, height = whole or picture.size
        return Picture(width=width, height=height)
    return _written(picture, made, name)


def _turn(picture: Image.Image) -> int:
    turn = picture.getexif().get(ExifTags.Base.Orientation, 1)
    return turn if turn in range(2, 9) else 1


def _play(picture: Image.Image) -> None:
    """Decode the frames that follow the first: of a moving picture each may be cut off."""
    if picture.format == "MPO":
        return  # what follows are depths and small copies, which nobody is shown
    for frame in range(1, min(getattr(picture, "n_frames", 1), FRAMES_MAX)):
        picture.seek(frame)
        picture.load()


def _is_raw(picture: Image.Image) -> bool:
    if picture.format != "TIFF":
        return False
    tags = cast("dict[int, Any]", getattr(picture, "tag_v2", {}))
    is_reduced = bool(tags.get(ExifTags.Base.NewSubfileType, 0) & _REDUCED)
    with Path(str(getattr(picture, "filename", ""))).open("rb") as file:
        return is_reduced or file.read(10)[8:] == b"CR"


def _written(picture: Image.Image, made: str, name: str) -> Seen:
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("I", "F"):
        return Flaw(
            f"is a {name} whose pixels are numbers and not colours (mode {upright.mode}); "
            "send it as colours or grey, of 8 or 16 bits"
        )
    profile = picture.info.get("icc_profile")
    if picture.format in PHOTOGRAPHS and upright.mode in ("L", "RGB", "CMYK", "YCbCr"):
        return _as_jpeg(upright, picture, made, profile)
    if upright.mode.startswith("I;16"):
        upright = upright.convert("I").convert("I;16")
    elif "transparency" in upright.info or upright.mode == "PA":
        upright = upright.convert("RGBA")
    elif upright.mode not in _COLOURS:
        upright, profile = upright.convert("RGB"), None
    try:
        _save(upright, made, "PNG", icc_profile=profile, compress_level=PNG_EFFORT)
    except OSError:
        if upright.mode not in ("L", "RGB"):
            return Flaw(f"is a {name} that takes more room as PNG than a file may")
        return _as_jpeg(upright, picture, made, profile)
    return Picture(width=upright.width, height=upright.height, written="image/png")


def _as_jpeg(upright: Image.Image, picture: Image.Image, made: str, profile: object) -> Seen:
    if upright.mode not in ("L", "RGB"):
        upright, profile = upright.convert("RGB"), None
    sampled = cast("Callable[[Image.Image], int]", JpegImagePlugin.get_sampling)
    sampling = sampled(picture) if picture.format in ("JPEG", "MPO") else 0
    _save(
        upright,
        made,
        "JPEG",
        quality=JPEG_QUALITY,
        subsampling=max(0, sampling),
        icc_profile=profile,
        exif=b"",
    )
    return Picture(width=upright.width, height=upright.height, written="image/jpeg")


def _save(picture: Image.Image, made: str, form: str, **how: Any) -> None:
    # What the picture brought along, and would else be written with it.
    picture.info = {}
    with open(made, "r+b") as file:  # noqa: PTH123 - memory of another process, by its path
        file.truncate()
        picture.save(file, form, **how)


def _told(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words[:200] or type(error).__name__
