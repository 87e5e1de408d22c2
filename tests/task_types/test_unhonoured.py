"""What would be taken and change nothing is refused by name; what is the customer's own is kept."""

from typing import Any

import pytest
from task_types.samples import EVERY, PICTURE

from evenhand.task_types import REGISTRY, InvalidParams, refuse_unhonoured, task_type
from evenhand.task_types.unhonoured import NOT_SUPPORTED
from evenhand.work.intake.orders import COMMON_NAMES


def refused(name: str, value: object, kind: str = "categorization") -> InvalidParams:
    known = (*REGISTRY[kind].params.__struct_fields__, *COMMON_NAMES)
    with pytest.raises(InvalidParams) as error:
        refuse_unhonoured({name: value}, known, kind)
    return error.value


@pytest.mark.parametrize("name", sorted(NOT_SUPPORTED))
@pytest.mark.parametrize("kind", sorted(REGISTRY))
def test_what_the_contract_has_and_this_server_does_not_is_refused(name: str, kind: str):
    error = refused(name, True, kind)
    assert (error.at, error.problem) == (name, "is not supported")
    assert error.hint


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("allowMultiple", "allow_multiple"),
        ("allow_multple", "allow_multiple"),
        ("allow-multiple", "allow_multiple"),
        ("Categories", "categories"),
        ("catgories", "categories"),
        ("cateogries", "categories"),
        ("attachmment", "attachment"),
        ("attachement_type", "attachment_type"),
        ("uniqueId", "unique_id"),
        ("unique-id", "unique_id"),
        (" unique_id ", "unique_id"),
        ("callbackUrl", "callback_url"),
        ("calback_url", "callback_url"),
        ("meta_data", "metadata"),
        ("prioritty", "priority"),
        ("hypotesis", "hypothesis"),
        ("projct", "project"),
        ("TAGS", "tags"),
    ],
)
def test_a_slip_of_the_pen_is_told_from_a_name_of_ones_own(name: str, meant: str):
    assert f"`{meant}`" in refused(name, "x").hint


@pytest.mark.parametrize(
    "name",
    [
        "made_up", "id", "row", "category_id", "source", "url", "text", "label", "attachment_2x",
        "tag", "note", "batch_no", "project_owner", "unique", "priority_class", "метка",
    ],
)  # fmt: skip
def test_names_of_ones_own_are_kept(name: str):
    known = (*REGISTRY["categorization"].params.__struct_fields__, *COMMON_NAMES)
    refuse_unhonoured({name: "x"}, known, "categorization")


def test_no_param_of_a_type_is_taken_for_another_one_misspelt():
    for name, raw in EVERY:
        known = (*REGISTRY[name].params.__struct_fields__, *COMMON_NAMES)
        refuse_unhonoured(raw, known, name)
        for one in known:
            refuse_unhonoured({one: 1}, known, name)


def picture(**geometries: object) -> tuple[str, dict[str, object]]:
    return "imageannotation", {"attachment": PICTURE, "geometries": geometries}


def form(**field: object) -> tuple[str, dict[str, object]]:
    asked = {"field_id": "a", "type": "category", "choices": ["x"], **field}
    shown = [{"type": "text", "content": "x"}]
    return "textcollection", {"attachments": shown, "fields": [asked]}


BOX: dict[str, Any] = {"objects_to_annotate": ["car"]}


@pytest.mark.parametrize(
    ("kind", "raw", "at"),
    [
        (*picture(box={**BOX, "max_width": 9}), "geometries.box.max_width"),
        (*picture(line={**BOX, "splines": True}), "geometries.line.splines"),
        (*picture(point={**BOX, "min_vertices": 1}), "geometries.point.min_vertices"),
        (
            *picture(box={"objects_to_annotate": [{"choice": "car", "display": "Car"}]}),
            "geometries.box.objects_to_annotate",
        ),
        (*form(requird=True), "fields[0].requird"),
        (*form(units="cm"), "fields[0].units"),
        (*form(choices=[{"value": "x", "subchoices": []}]), "fields[0].choices"),
        (
            "textcollection",
            {
                "attachments": [{"type": "text", "content": "x", "forms": ["a"]}],
                "fields": [{"field_id": "a", "type": "text"}],
            },
            "attachments[0].forms",
        ),
        (
            "namedentityrecognition",
            {"text": "Ann", "labels": [{"name": "x", "color": "red"}]},
            "labels[0].color",
        ),
        (
            "categorization",
            {
                "attachment": "x",
                "attachment_type": "text",
                "categories": [{"choice": "x", "description": "y"}],
            },
            "categories[0].description",
        ),
    ],
)
def test_a_member_that_nobody_would_see_is_refused_where_it_stands(
    kind: str, raw: dict[str, object], at: str
):
    with pytest.raises(InvalidParams) as error:
        task_type(kind).parse_params(raw)
    assert error.value.at.startswith(at)
    assert error.value.hint
