"""Photographs and printed pages inside scikit-image and scikit-learn, for people to annotate.

Only those that lie in the wheels are used, so nothing is downloaded. Nobody has drawn the
boxes before, so these tasks have no truth.
"""

import mimetypes
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from evenhand.demo.questions import Picture, Project, Question

BOXES: Sequence[tuple[str, str, Sequence[str]]] = [
    ("skimage", "data/coffee.png", ["cup", "saucer", "spoon"]),
    ("skimage", "data/astronaut.png", ["face", "flag", "model shuttle"]),
    ("skimage", "data/chelsea.png", ["eye", "ear", "nose"]),
    ("skimage", "data/rocket.jpg", ["rocket", "tower"]),
    ("skimage", "data/motorcycle_left.png", ["wheel", "headlight", "motorcycle"]),
    ("skimage", "data/camera.png", ["person", "camera", "building"]),
    ("skimage", "data/coins.png", ["coin"]),
    ("skimage", "data/hubble_deep_field.jpg", ["spiral galaxy", "star"]),
    ("sklearn", "datasets/images/china.jpg", ["building", "tree", "person"]),
    ("sklearn", "datasets/images/flower.jpg", ["flower", "leaf"]),
]

PAGES: Sequence[tuple[str, str, str]] = [
    ("skimage", "data/page.png", "The first line, as it is printed"),
    ("skimage", "data/text.png", "The first line, as it is written"),
]


def boxes(name: str, policy: dict[str, object]) -> Project:
    """Ask for boxes and outlines around things on photographs."""
    return Project(
        name=name,
        type="imageannotation",
        params={"instruction": "Mark each of these things that you can see."},
        questions=[
            Question(
                unique_id=f"photograph-{Path(path).stem}",
                params={
                    "geometries": {
                        "box": {"objects_to_annotate": list(labels)},
                        "polygon": {"objects_to_annotate": list(labels)},
                    }
                },
                picture=_picture(package, path),
            )
            for package, path, labels in BOXES
        ],
        policy=policy,
    )


def pages(name: str, policy: dict[str, object]) -> Project:
    """Ask what is written on pictures of text."""
    return Project(
        name=name,
        type="transcription",
        params={"instruction": "Type what you can read.", "attachment_type": "image"},
        questions=[
            Question(
                unique_id=f"page-{Path(path).stem}",
                params={"fields": {"first_line": asked}},
                picture=_picture(package, path),
            )
            for package, path, asked in PAGES
        ],
        policy=policy,
    )


def _picture(package: str, path: str) -> Picture:
    spec = find_spec(package)
    assert spec is not None, "the demo's extra was looked for at the start"
    assert spec.submodule_search_locations is not None, "it is a package"
    file = Path(next(iter(spec.submodule_search_locations))) / path
    return Picture(
        name=file.name,
        content=file.read_bytes(),
        mime_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
    )
