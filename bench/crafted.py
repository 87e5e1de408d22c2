"""Answers made to cost as much as may be, at the limits of what each type of task accepts.

A case is a task's params and the answers of as many annotators as it names. All of them can be
sent: at most 100,000 values and 16 MB a body.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

VALUES_MAX = 95_000
PICTURE = "https://example.com/picture.jpg"

Answer: TypeAlias = "dict[str, object]"
Case: TypeAlias = "tuple[dict[str, object], list[Answer]]"
Point: TypeAlias = "tuple[float, float]"


def cases(type_name: str) -> Mapping[str, Callable[[], Case]]:
    """Name the cases of a task type; each is made when it is called."""
    return _CASES[type_name]


def _names(count: int, characters: int) -> list[str]:
    return [f"{number:05}".ljust(characters, "x") for number in range(count)]


def _several(labels: Sequence[str], chosen: Sequence[Sequence[str]]) -> Case:
    params: dict[str, object] = {
        "attachment": "What?",
        "attachment_type": "text",
        "categories": list(labels),
        "allow_multiple": True,
        "category_ids": {f"id {label}": label for label in labels},
    }
    return params, [{"category": list(one)} for one in chosen]


def _all_but_a_few() -> Case:
    labels = _names(2_000, 500)
    return _several(labels, [labels[:1_900], labels[100:]])


def _over_and_over() -> Case:
    labels = _names(2_000, 5)
    return _several(labels, [labels * 45, labels[:1]])


def _one_of_many() -> Case:
    labels = _names(2_000, 500)
    params: dict[str, object] = {
        "attachment": "What?",
        "attachment_type": "text",
        "categories": labels,
    }
    return params, [{"category": label} for label in labels[:10]]


def _compared(texts: Sequence[str]) -> Case:
    keys = _names(500, 20)
    params: dict[str, object] = {
        "attachments": ["one", "other"],
        "attachment_type": "text",
        "choices": _names(2_000, 200),
        "fields": dict.fromkeys(keys, "Why?"),
    }
    choices = _names(len(texts), 200)
    return params, [
        {"choice": choice, "fields": dict.fromkeys(keys, text)}
        for choice, text in zip(choices, texts, strict=True)
    ]


def _drawn(kind: str, drawings: Sequence[Sequence[Mapping[str, object]]], **more: object) -> Case:
    params: dict[str, object] = {
        "attachment": PICTURE,
        "geometries": {kind: {"objects_to_annotate": _names(2_000, 5)}},
        **more,
    }
    label = "00000"
    return params, [
        {"annotations": [{"type": kind, "label": label, **shape} for shape in drawing]}
        for drawing in drawings
    ]


def _vertices(corners: Sequence[Point]) -> dict[str, object]:
    return {"vertices": [{"x": x, "y": y} for x, y in corners]}


def _boxes(annotators: int, count: int) -> Case:
    """Boxes that are all alike, and none the same."""
    return _drawn(
        "box",
        [
            [
                {"left": n / 7, "top": who / 7, "width": 9_000 + n / 3, "height": 9_000}
                for n in range(count)
            ]
            for who in range(annotators)
        ],
    )


def _points(annotators: int, count: int) -> Case:
    return _drawn(
        "point",
        [
            [{"x": 50 + n % 40 / 10, "y": 50 + n // 40 / 10 + who / 100} for n in range(count)]
            for who in range(annotators)
        ],
    )


def _wave(corners: int, shift: float) -> list[Point]:
    """A line that goes up and down its whole height at every step."""
    return [(n * 1_000 / corners + shift, (n % 2) * 1_000 + shift % 7) for n in range(corners)]


def _star(corners: int, shift: float) -> list[Point]:
    """A star of which every edge crosses nearly all others."""
    turn = math.pi * (1 - 1 / corners)
    return [
        (2_000 + 1_000 * math.cos(n * turn) + shift, 2_000 + 1_000 * math.sin(n * turn))
        for n in range(corners)
    ]


def _ring(corners: int, shift: float) -> list[Point]:
    turn = 2 * math.pi / corners
    return [
        (2_000 + 1_000 * math.cos(n * turn) + shift, 2_000 + 1_000 * math.sin(n * turn))
        for n in range(corners)
    ]


def _chains(
    kind: str, outline: Callable[[int, float], list[Point]], shapes: int, annotators: int = 2
) -> Case:
    corners = min(VALUES_MAX // shapes // 3 - 2, 10_000)
    return _drawn(
        kind,
        [
            [_vertices(outline(corners, n / 9 + who / 30)) for n in range(shapes)]
            for who in range(annotators)
        ],
    )


def _annotations(answer: Answer) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", answer["annotations"])


def _labelled() -> Case:
    """Shapes of as many labels as there may be."""
    params, answers = _boxes(2, 1_000)
    for answer in answers:
        for n, shape in enumerate(_annotations(answer)):
            shape["label"] = f"{n:05}"
    return params, answers


def _attributed() -> Case:
    """Shapes whose attributes name every choice there is."""
    choices: list[object] = [f"choice {n}" for n in range(2_000)]
    asked = {"what": {"type": "category", "choices": choices, "allow_multiple": True}}
    shape = {"x": 1, "y": 1, "attributes": {"what": choices[-90:]}}
    return _drawn("point", [[shape] * 900] * 2, annotation_attributes=asked)


def _spans(answers: Sequence[Sequence[tuple[int, int]]], text: str) -> Case:
    params: dict[str, object] = {"text": text, "labels": [{"name": "x"}]}
    return params, [
        {"annotations": [{"start": start, "end": end, "label": "x"} for start, end in spans]}
        for spans in answers
    ]


def _nested_spans(count: int, annotators: int = 2) -> Case:
    return _spans(
        [[(n % 60, 200 + n // 60 + who) for n in range(count)] for who in range(annotators)],
        "word " * 200_000,
    )


def _related_spans() -> Case:
    params, answers = _spans([[(n, n + 90) for n in range(9_000)]] * 2, "word " * 200_000)
    for answer in answers:
        for n, span in enumerate(_annotations(answer)):
            span["id"] = f"s{n}"
        answer["relationships"] = [
            {"source_ref": f"s{n}", "target_ref": f"s{n + 1}", "name": "of"} for n in range(8_900)
        ]
    return params, answers


def _form(fields: Sequence[Mapping[str, object]], answers: Sequence[dict[str, object]]) -> Case:
    params: dict[str, object] = {
        "attachments": [{"type": "text", "content": "What?"}],
        "fields": list(fields),
    }
    return params, [{"annotations": answer} for answer in answers]


def _texts(texts: Sequence[str]) -> Case:
    fields = [{"field_id": f"f{n}", "type": "text"} for n in range(500)]
    return _form(fields, [{str(one["field_id"]): text for one in fields} for text in texts])


def _categories() -> Case:
    """Fields of many choices, of which each takes a hundred."""
    choices = _names(2_000, 8)
    fields = [
        {"field_id": f"f{n}", "type": "category", "choices": choices,
         "max_responses_required": 100}
        for n in range(45)
    ]  # fmt: skip
    return _form(
        fields,
        [{f"f{n}": choices[at : at + 100] for n in range(45)} for at in (0, 1_900)],
    )


def _sets() -> Case:
    """Sets of sets that are all empty, of forms with many fields."""
    inner = [{"field_id": f"f{n}", "type": "text", "required": False} for n in range(450)]
    middle = {"field_id": "m", "type": "FieldSet", "fields": inner, "max_responses_required": 100}
    outer = {"field_id": "o", "type": "FieldSet", "fields": [middle],
             "max_responses_required": 100}  # fmt: skip
    answer: dict[str, object] = {"o": [{"m": [{}] * 48}] * 100}
    return _form([outer], [answer, answer])


def _marked_letters() -> str:
    """A text of accents that must all be put in order."""
    return "a" + "\u0301\u0323" * 45_000


def _written(texts: Sequence[str]) -> Case:
    keys = _names(80, 20)
    params: dict[str, object] = {
        "attachment": PICTURE,
        "attachment_type": "image",
        "fields": dict.fromkeys(keys, "What?"),
    }
    return params, [{"fields": dict.fromkeys(keys, text)} for text in texts]


def _rows() -> Case:
    keys = _names(90, 8)
    params: dict[str, object] = {
        "attachment": PICTURE,
        "attachment_type": "image",
        "repeatable_fields": dict.fromkeys(keys, "What?"),
    }
    return params, [
        {"repeatable_fields": [dict.fromkeys(keys, f"{who} {row}") for row in range(1_000)]}
        for who in range(2)
    ]


def _apart(characters: int, annotators: int = 2) -> list[str]:
    """Texts that have no stretch in common at either end."""
    return [
        "".join(chr(97 + (n * (who + 3) + n // 7) % 26) for n in range(characters - 2)).join(
            (chr(65 + who), chr(75 + who))
        )
        for who in range(annotators)
    ]


def _words(count: int) -> list[str]:
    return [" ".join(f"{(n * (who + 3)) % 97}" for n in range(count)) + str(who) for who in (1, 2)]


def _wide() -> list[str]:
    """Texts of one sign that stands for eighteen letters, at the limit of a field."""
    return ["\ufdfa" * 33_000 + str(who) for who in range(2)]


_CASES: dict[str, dict[str, Callable[[], Case]]] = {
    "categorization": {
        "one of many": _one_of_many,
        "all but a few": _all_but_a_few,
        "one label over and over": _over_and_over,
    },
    "comparison": {
        "texts of 2,000": lambda: _compared(_apart(2_000)),
        "texts of 2,000 words": lambda: _compared(_words(1_990)),
        "texts of 2,000 by ten": lambda: _compared(_apart(2_000, 10)),
    },
    "imageannotation": {
        "boxes": lambda: _boxes(2, 1_000),
        "boxes of ten": lambda: _boxes(10, 190),
        "many boxes of ten": lambda: _boxes(10, 1_000),
        "boxes of as many labels": _labelled,
        "points": lambda: _points(2, 1_000),
        "points of ten": lambda: _points(10, 190),
        "attributes": _attributed,
        "lines": lambda: _chains("line", _wave, 1_000),
        "long lines": lambda: _chains("line", _wave, 4),
        "lines of ten": lambda: _chains("line", _wave, 190, 10),
        "polygons": lambda: _chains("polygon", _ring, 1_000),
        "polygons of 200 corners": lambda: _chains("polygon", _ring, 155),
        "stars": lambda: _chains("polygon", _star, 1_000),
        "stars of 200 corners": lambda: _chains("polygon", _star, 155),
        "few large stars": lambda: _chains("polygon", _star, 4),
        "stars of ten": lambda: _chains("polygon", _star, 190, 10),
    },
    "namedentityrecognition": {
        "nested": lambda: _nested_spans(1_000),
        "many nested": lambda: _nested_spans(6_000),
        "nested by ten": lambda: _nested_spans(190, 10),
        "related": _related_spans,
    },
    "textcollection": {
        "texts of 2,000": lambda: _texts(_apart(2_000)),
        "texts of 2,000 words": lambda: _texts(_words(1_990)),
        "texts of 2,000 by ten": lambda: _texts(_apart(2_000, 10)),
        "longest texts": lambda: _texts(_apart(15_000)),
        "categories": _categories,
        "sets of sets": _sets,
    },
    "transcription": {
        "texts of 2,000": lambda: _written(_apart(2_000)),
        "longest texts": lambda: _written(_apart(100_000)),
        "accents": lambda: _written([_marked_letters() + str(who) for who in range(2)]),
        "wide signs": lambda: _written(_wide()),
        "rows": _rows,
    },
}
