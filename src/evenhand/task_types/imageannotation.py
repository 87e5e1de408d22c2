"""Image annotation: draw boxes, polygons, lines and points on a picture and name them.

Coordinates are pixels of the picture as it is seen, upright, from its upper left corner.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal, TypeAlias, cast

import msgspec

from evenhand.quality.live.answers import Shape
from evenhand.quality.live.kinds.shapes import SHAPES
from evenhand.quality.mark.matched_marks import matched_shapes
from evenhand.task_types import attributes
from evenhand.task_types.attached import (
    ATTACHMENT_MENDS,
    Attachment,
    AttachmentType,
    check_attachment,
    urls_of,
)
from evenhand.task_types.attributes import Asked, Attribute
from evenhand.task_types.contract import (
    InvalidParams,
    InvalidResponse,
    Params,
    Reading,
    Response,
    TaskType,
    content_id,
    plain,
)
from evenhand.task_types.drawing import canned, drawing
from evenhand.task_types.frames import UPRIGHT, Frame, Frames, Margins, agreed, moved_inside
from evenhand.task_types.labels import Choice, leaves
from evenhand.task_types.outside import finite, params_of, present, response_of

COORDINATE_MAX = 1_000_000  # pixels; wider than any picture a browser can show
SHAPES_MAX = 1_000  # shapes a response; beyond it, tile the picture
VERTICES_MAX = 10_000  # vertices a shape; a traced coastline stays below

_MENDS = {
    **ATTACHMENT_MENDS,
    "geometries": (
        'Send {"box": {"objects_to_annotate": ["car"]}}; box, polygon, line and point are known.'
    ),
    "annotation_attributes": attributes.MEND,
}


class BoxGeometry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Upright rectangles."""

    objects_to_annotate: list[str | Choice]
    min_width: float = 0
    min_height: float = 0


class PolygonGeometry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Closed outlines."""

    objects_to_annotate: list[str | Choice]
    min_vertices: int = 3
    max_vertices: int = VERTICES_MAX


class LineGeometry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open chains of straight pieces."""

    objects_to_annotate: list[str | Choice]
    splines: bool = False
    min_vertices: int = 2
    max_vertices: int = VERTICES_MAX


class PointGeometry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Single positions."""

    objects_to_annotate: list[str | Choice]


class Geometries(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be drawn; a geometry that is not offered here is refused, not ignored."""

    box: BoxGeometry | None = None
    polygon: PolygonGeometry | None = None
    line: LineGeometry | None = None
    point: PointGeometry | None = None


class ContextAttachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture shown beside the one to annotate."""

    attachment: str


class ImageAnnotationParams(msgspec.Struct, frozen=True, kw_only=True):
    """The params of an image annotation."""

    attachment: str
    geometries: Geometries
    annotation_attributes: dict[str, Attribute] | None = None
    context_attachments: list[ContextAttachment] = []
    padding: float = 0
    padding_x: float | None = None
    padding_y: float | None = None


class _Vertex(msgspec.Struct, frozen=True, kw_only=True):
    x: float
    y: float


class _Drawn(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    label: str
    uuid: str = ""
    attributes: dict[str, object] | None = None


class _Box(_Drawn, frozen=True, kw_only=True, tag="box"):
    left: float
    top: float
    width: float
    height: float


class _Polygon(_Drawn, frozen=True, kw_only=True, tag="polygon"):
    vertices: list[_Vertex]


class _Line(_Drawn, frozen=True, kw_only=True, tag="line"):
    vertices: list[_Vertex]


class _Point(_Drawn, frozen=True, kw_only=True, tag="point"):
    x: float
    y: float


_Annotation: TypeAlias = _Box | _Polygon | _Line | _Point


class _Image(msgspec.Struct, frozen=True, kw_only=True):
    width: int
    height: int
    orientation: Literal["upright"] = UPRIGHT


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    annotations: list[_Annotation]
    global_attributes: dict[str, object] | None = None
    image: _Image | None = None


def parse_params(raw: Params) -> dict[str, object]:
    """Prove the params of an image annotation and fill in the defaults of each geometry."""
    echo = present(raw)
    params = params_of(echo, ImageAnnotationParams, _MENDS)
    check_attachment(params.attachment, "image", "attachment")
    for position, context in enumerate(params.context_attachments):
        check_attachment(context.attachment, "image", f"context_attachments[{position}].attachment")
    if not _offered(params):
        raise InvalidParams("is empty", at="geometries", hint=_MENDS["geometries"])
    for padding in (params.padding, params.padding_x or 0, params.padding_y or 0):
        if not (finite(padding, COORDINATE_MAX) and padding >= 0):
            raise InvalidParams("is negative or too large", at="padding", hint="Send pixels.")
    _check_geometries(params.geometries)
    _ = _asked(params)
    echo["geometries"] = _filled(cast("Mapping[str, object]", echo["geometries"]), params)
    return echo


def _offered(params: ImageAnnotationParams) -> dict[str, list[str]]:
    geometries = params.geometries
    given = {
        "box": geometries.box,
        "polygon": geometries.polygon,
        "line": geometries.line,
        "point": geometries.point,
    }
    return {
        kind: leaves(geometry.objects_to_annotate, f"geometries.{kind}.objects_to_annotate")
        for kind, geometry in given.items()
        if geometry is not None
    }


def _asked(params: ImageAnnotationParams) -> Asked:
    labels = [label for several in _offered(params).values() for label in several]
    return attributes.asked_of(params.annotation_attributes, labels)


def _check_geometries(geometries: Geometries) -> None:
    box = geometries.box
    if box is not None:
        for name, least in (("min_width", box.min_width), ("min_height", box.min_height)):
            if not (finite(least, COORDINATE_MAX) and least >= 0):
                raise InvalidParams(
                    f"is not a number of pixels from 0 to {COORDINATE_MAX:,}",
                    at=f"geometries.box.{name}",
                    hint="Send 0 to allow every size.",
                )
    if geometries.line is not None and geometries.line.splines:
        raise InvalidParams(
            "is not supported", at="geometries.line.splines", hint="Lines are drawn straight."
        )
    for kind, geometry, least in (
        ("polygon", geometries.polygon, 3),
        ("line", geometries.line, 2),
    ):
        if geometry is None:
            continue
        if not least <= geometry.min_vertices <= geometry.max_vertices <= VERTICES_MAX:
            raise InvalidParams(
                "has min_vertices and max_vertices that leave nothing to draw",
                at=f"geometries.{kind}",
                hint=f"Keep {least} <= min_vertices <= max_vertices <= {VERTICES_MAX:,}.",
            )


def _filled(raw: Mapping[str, object], params: ImageAnnotationParams) -> dict[str, object]:
    filled = {kind: value for kind, value in raw.items() if value is not None}
    if params.geometries.box is not None:
        box = params.geometries.box
        filled["box"] = {
            **cast("Mapping[str, object]", raw["box"]),
            "min_width": plain(box.min_width),
            "min_height": plain(box.min_height),
        }
    if params.geometries.line is not None:
        splines = params.geometries.line.splines
        filled["line"] = {**cast("Mapping[str, object]", raw["line"]), "splines": splines}
    return filled


def attachments(params: Params) -> dict[str, AttachmentType]:
    """Return the picture to annotate and the pictures shown beside it."""
    parsed = params_of(params, ImageAnnotationParams, _MENDS)
    pictures = [parsed.attachment, *(one.attachment for one in parsed.context_attachments)]
    return urls_of(Attachment(type="image", content=one) for one in pictures)


def check_response(params: Params, response: Response) -> dict[str, object]:
    """Prove a response; shapes keep their order, and get an id where they lack one."""
    return _checked(params, response)


def check_in_frames(params: Params, response: Response, frames: Frames) -> dict[str, object]:
    """Prove a response whose shapes lie on the picture, and state the picture's size in it."""
    return _checked(params, response, frame=frames.get(str(params["attachment"])))


def _checked(
    params: Params, response: Response, *, frame: Frame | None = None, is_whole: bool = True
) -> dict[str, object]:
    parsed = params_of(params, ImageAnnotationParams, _MENDS)
    given = response_of(response, _Response)
    if len(given.annotations) > SHAPES_MAX:
        raise InvalidResponse(
            f"has more than {SHAPES_MAX:,} shapes", at="annotations", hint="Draw fewer."
        )
    offered = {kind: set(labels) for kind, labels in _offered(parsed).items()}
    asked = _asked(parsed)
    seen: Counter[str] = Counter()
    annotations: list[dict[str, object]] = []
    for position, one in enumerate(given.annotations):
        at = f"annotations[{position}]"
        kind = _kind(one)
        if one.label not in offered.get(kind, ()):
            raise InvalidResponse(
                f"is a {kind} with the label {one.label[:100]!r}, which the task does not ask for",
                at=at,
                hint="Use the geometries and labels of the task.",
            )
        shape = _placed(one, parsed, frame, at)
        _check_shape(one, shape[2], parsed, at)
        said = attributes.checked(asked, one.label, one.attributes, at, is_whole=is_whole)
        first = content_id(shape, 0)
        uuid = content_id(shape, seen[first]) if seen[first] else first
        annotations.append(_worded(one, shape, uuid, said))
        seen[first] += 1
    ids = [one["uuid"] for one in annotations]
    if len(set(ids)) < len(ids):
        raise InvalidResponse("uses one uuid twice", at="annotations", hint="Give each its own.")
    checked: dict[str, object] = {"annotations": annotations}
    if given.global_attributes is not None:
        checked["global_attributes"] = given.global_attributes
    said = None if given.image is None else Frame(given.image.width, given.image.height)
    if frame is not None:
        agreed(said, frame)
    if (known := frame or said) is not None:
        checked["image"] = known.stated()
    return checked


def _placed(one: _Annotation, params: ImageAnnotationParams, frame: Frame | None, at: str) -> Shape:
    kind, label, numbers = shape = _shape(one)
    if frame is None:
        return shape
    return kind, label, moved_inside(kind, numbers, frame, _margins(params), at)


def _margins(params: ImageAnnotationParams) -> Margins:
    return (
        params.padding if params.padding_x is None else params.padding_x,
        params.padding if params.padding_y is None else params.padding_y,
    )


def _kind(one: _Annotation) -> str:
    return cast("str", type(one).__struct_config__.tag)


def _shape(one: _Annotation) -> Shape:
    match one:
        case _Box():
            numbers = (one.left, one.top, one.width, one.height)
        case _Point():
            numbers = (one.x, one.y)
        case _Polygon() | _Line():
            numbers = tuple(number for vertex in one.vertices for number in (vertex.x, vertex.y))
    return _kind(one), one.label, tuple(map(float, numbers))


def _check_shape(
    one: _Annotation, numbers: Sequence[float], params: ImageAnnotationParams, at: str
) -> None:
    places = numbers[:2] if isinstance(one, _Box) else numbers
    for least, some in (
        (-_margins(params)[0], places[::2]),
        (-_margins(params)[1], places[1::2]),
        (0.0, numbers[len(places) :]),
    ):
        # No number outside is told from these two; what is no number was refused before.
        if some and not least <= min(some) <= max(some) <= COORDINATE_MAX:
            raise InvalidResponse(
                f"has a coordinate outside {plain(least)} to {COORDINATE_MAX:,}",
                at=at,
                hint="Keep shapes on the picture.",
            )
    match one:
        case _Box():
            box = params.geometries.box
            assert box is not None, "only offered geometries come this far"
            width, height = numbers[2:]
            if not (width > 0 and height > 0):
                raise InvalidResponse("is a box without area", at=at, hint="Draw it larger.")
            if width < box.min_width or height < box.min_height:
                raise InvalidResponse(
                    f"is smaller than {plain(box.min_width)} by {plain(box.min_height)} pixels",
                    at=at,
                    hint="Draw it larger, or leave it out.",
                )
        case _Polygon():
            _check_vertices(one.vertices, params.geometries.polygon, at)
        case _Line():
            _check_vertices(one.vertices, params.geometries.line, at)
        case _Point():
            pass


def _check_vertices(
    vertices: Sequence[_Vertex], geometry: PolygonGeometry | LineGeometry | None, at: str
) -> None:
    assert geometry is not None, "only offered geometries come this far"
    if not geometry.min_vertices <= len(vertices) <= geometry.max_vertices:
        raise InvalidResponse(
            f"has {len(vertices)} vertices",
            at=at,
            hint=f"Draw {geometry.min_vertices} to {geometry.max_vertices:,} of them.",
        )


def _worded(
    one: _Annotation, shape: Shape, uuid: str, said: dict[str, object] | None
) -> dict[str, object]:
    worded: dict[str, object] = {"uuid": one.uuid or uuid, "type": _kind(one), "label": one.label}
    if said is not None:
        worded["attributes"] = said
    return worded | drawing(shape)


def canned_response(params: Params) -> dict[str, object]:
    """Answer a test task with one shape of each geometry, under its first label."""
    parsed = params_of(params, ImageAnnotationParams, _MENDS)
    shapes: list[Shape] = [
        (kind, labels[0], _canned(kind, parsed.geometries))
        for kind, labels in _offered(parsed).items()
    ]
    response = _response(params, shapes)
    asked = _asked(parsed)
    for one in cast("list[dict[str, object]]", response["annotations"]):
        said = attributes.canned(asked, cast("str", one["label"]))
        if said:
            one["attributes"] = said
    return check_response(params, response)


def _canned(kind: str, geometries: Geometries) -> tuple[float, ...]:
    box = geometries.box or BoxGeometry(objects_to_annotate=[])
    line = geometries.polygon if kind == "polygon" else geometries.line
    corners = 3 if line is None else min(max(3, line.min_vertices), line.max_vertices)
    return canned(kind, least=(box.min_width, box.min_height), corners=corners)


def reading(params: Params) -> Reading[Sequence[Shape]]:
    """Read the shapes in a fixed order, without their ids and attributes."""
    return Reading(
        kind=SHAPES,
        answer=_shapes,
        response=partial(_response, params),
        besides=partial(_voted, params),
        carried=_frame_of,
    )


def _frame_of(responses: Sequence[Response]) -> dict[str, object]:
    """All were made on the same picture: what one says of it holds for what they came to."""
    stated = [{"image": one["image"]} for one in responses if "image" in one]
    return dict(stated[0]) if stated else {}


def _voted(
    params: Params, response: dict[str, object], responses: Sequence[Response]
) -> dict[str, object]:
    """Put into a response what most said of each of its shapes."""
    asked = _asked(params_of(params, ImageAnnotationParams, _MENDS))
    if not asked.attributes:
        return response
    return attributes.in_response(asked, response, responses, partial(_pairs, response))


def _pairs(response: Response, other: Response) -> Sequence[tuple[int, int]]:
    ours, theirs = (
        msgspec.convert({"annotations": one["annotations"]}, _Response).annotations
        for one in (response, other)
    )
    return matched_shapes([_shape(one) for one in ours], [_shape(one) for one in theirs])


def _shapes(response: Response) -> Sequence[Shape]:
    shapes = msgspec.convert({"annotations": response["annotations"]}, _Response).annotations
    return sorted(map(_shape, shapes))


def _response(params: Params, shapes: Sequence[Shape]) -> dict[str, object]:
    annotations = [
        {"type": shape[0], "label": shape[1], **drawing(shape)} for shape in sorted(shapes)
    ]
    return _checked(params, {"annotations": annotations}, is_whole=False)


IMAGEANNOTATION = TaskType(
    name="imageannotation",
    params=ImageAnnotationParams,
    parse_params=parse_params,
    attachments=attachments,
    check_response=check_response,
    check_in_frames=check_in_frames,
    canned_response=canned_response,
    reading=reading,
    check_unfinished=partial(_checked, is_whole=False),
)
