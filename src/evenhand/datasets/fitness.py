"""Whether a file is what a task needs to show, said in words for who brought it."""

from dataclasses import dataclass

from evenhand.datasets.sniffing import UNKNOWN, is_shown_inline

_NEEDED = {
    "image": "a picture",
    "audio": "a recording",
    "video": "a film",
    "pdf": "a PDF",
    "website": "a page",
}
_NO_PICTURE = "; export it as PNG or JPEG"
_FOUND = {
    UNKNOWN: "of a kind that is not known here",
    "text/html": "a web page, perhaps one that asks for a login",
    "text/plain": "text",
    "application/json": "JSON, perhaps an error of the store",
    "application/xml": "XML, perhaps an error of the store",
    "application/pdf": "a PDF",
    "application/zip": "a ZIP archive",
    "application/gzip": "packed by gzip",
    "application/dicom": "a DICOM file" + _NO_PICTURE,
    "image/svg+xml": "a drawing in SVG, which may hold a program" + _NO_PICTURE,
    "image/jxl": "a JPEG XL, which few browsers show" + _NO_PICTURE,
    "video/x-msvideo": "an AVI, which no browser plays; send it as MP4 or WebM",
}
# Which kinds of bytes browsers play as what; the containers of films may hold sound alone.
_PLAYED = {"audio": ("audio/", "video/"), "video": ("video/", "audio/ogg", "audio/mp4")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found out about a file when it came in."""

    mime_type: str
    size: int
    width: int | None = None
    height: int | None = None
    flaw: str | None = None


def why_unfit(kind: str | None, found: Found) -> str | None:
    """Why a file cannot be shown as this kind of attachment, or nothing where it can.

    A picture that nobody looked at, from before pictures were, is taken for what its type says.
    """
    if found.size == 0:
        return "The file is empty."
    if kind is None or kind == "website":
        return None
    if kind == "image" and found.flaw is not None:
        return f"The file {found.flaw}."
    if kind == "image":
        fits = found.width is not None or (
            found.mime_type.startswith("image/") and is_shown_inline(found.mime_type)
        )
    elif kind == "pdf":
        fits = found.mime_type == "application/pdf"
    else:
        fits = found.mime_type.startswith(_PLAYED[kind]) and is_shown_inline(found.mime_type)
    if fits:
        return None
    told = _FOUND.get(found.mime_type)
    what = f"{told} ({found.mime_type})" if told else found.mime_type
    return f"{_NEEDED[kind].capitalize()} was expected, and the file is {what}."
