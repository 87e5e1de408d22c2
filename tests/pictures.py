"""Pictures as people send them: of many kinds, turned by EXIF, cut off, or something else."""

import base64
import io
import math

from PIL import Image

WIDTH, HEIGHT = 120, 80  # upright
# No decoder that is used here writes this kind: 48 by 32, blue on the left and red on the right.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAA"
    "AAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAACoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAAB"
    "AABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADw"
    "NgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAA"
    "AAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcA"
    "AAADAAAAABAAAAIAAAAAH////wAAAAAv///+AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWB"
    "AgMFhAAAADJtZGF0AAAAJigBrxmA94RJf++siNIXeEGvs1/0fGnKpM9ckx84N43Xc8G1GZk4"
)
# The same with an orientation of 6, which its container says too.
HEIC_TURNED = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAA"
    "AAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB7AABAAAAAAAAACoAAgAAAAACFgABAAAAAAAAACQAAAA4aWluZgAA"
    "AAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcn"
    "AAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroC"
    "QGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm"
    "5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAADAAAAABAAAAIAAAAAH////wAAAAAv///+AA"
    "AAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAA"
    "AOY2RzYwACAAEAAQAAAFZtZGF0AAAAJigBrxmA94RJf++siNIXeEGvs1/0fGnKpM9ckx84N43Xc8G1GZk4AAAABkV4"
    "aWYAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA"
)
HTML = b"<!doctype html><html><head><title>Sign in</title></head><body><form></form></body></html>"
DICOM = bytes(128) + b"DICM" + bytes(400)

_LAID = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def picture(
    form: str = "JPEG", *, orientation: int = 1, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> bytes:
    """A picture that, seen upright, is grey with red in its upper left quarter."""
    shown = upright(size)
    way = _LAID[orientation]
    laid = shown if way is None else shown.transpose(way)
    exif = Image.Exif()
    if orientation != 1:
        exif[0x0112] = orientation
    content = io.BytesIO()
    said = {"exif": exif.tobytes()} if orientation != 1 else {}
    laid.save(content, form, **said)
    return content.getvalue()


def upright(size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """The picture as it is seen."""
    shown = Image.new("RGB", size, (128, 128, 128))
    shown.paste((230, 20, 20), (0, 0, size[0] // 2, size[1] // 2))
    return shown


def is_upright(content: bytes) -> bool:
    """Whether whoever reads these bytes, and nothing of EXIF, finds red where it is seen."""
    with Image.open(io.BytesIO(content)) as found:
        shown = found.convert("RGB")
    right, low = shown.width - 1, shown.height - 1
    corners = [shown.getpixel(at) for at in ((3, 3), (right - 3, 3), (3, low - 3))]
    reds = [math.dist(corner, (230, 20, 20)) < 60 for corner in corners if corner is not None]
    return reds == [True, False, False]
