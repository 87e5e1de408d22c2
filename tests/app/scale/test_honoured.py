"""Whatever a body may hold is honoured, or refused in words: nothing is taken and forgotten.

The first test walks over every member of every form that there is: a new one needs its line.
"""

import json
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
from app.scale.customer import CATEGORIZATION, Customer, error_of

from evenhand.app.scale.batches import BatchForm, PriorityForm
from evenhand.app.scale.files import ImportForm
from evenhand.app.scale.policies import PolicyForm
from evenhand.app.scale.projects import ProjectForm
from evenhand.task_types import REGISTRY
from evenhand.work.intake.orders import Common

TESTS = Path(__file__).parents[2]
FORMS: list[type[msgspec.Struct]] = [
    Common,
    ProjectForm,
    BatchForm,
    PriorityForm,
    ImportForm,
    PolicyForm,
    *(kind.params for kind in REGISTRY.values()),
]

# Which test shows what members do, or that they are refused.
SHOWN_BY = {
    "test_tasks_inherit_what_their_project_said_when_they_were_created": (
        "Common.project", "Common.instruction", "Common.project_version", "ProjectForm.params",
        "ProjectForm.type", "ProjectForm.name",
    ),
    "test_a_batch_stands_for_its_project_and_is_not_waited_for": ("Common.batch",),
    "test_a_callback_tells_it_in_order": ("Common.callback_url", "Common.metadata"),
    "test_higher_priority_goes_first_then_age": ("Common.priority",),
    "test_a_unique_id_is_used_once_and_the_refusal_names_the_task": ("Common.unique_id",),
    "test_a_picture_that_cannot_be_fetched_ends_the_task_in_error": (
        "Common.clear_unique_id_on_error",
    ),
    "test_tags_are_set_added_and_removed": ("Common.tags",),
    "test_a_staged_batch_is_finalized_and_takes_no_more": (
        "ProjectForm.rapid", "ProjectForm.studio",
    ),
    "test_a_pipeline_that_the_policy_contradicts_is_refused": (
        "ProjectForm.pipeline", "ProjectForm.consensus_attempts", "ProjectForm.policy",
    ),
    "test_new_tasks_want_as_many_annotations_as_the_policy_says_by_then": (
        "PolicyForm.annotations",
    ),
    "test_a_target_accuracy_asks_for_votes_until_the_label_is_probable_enough": (
        "PolicyForm.annotations_max", "PolicyForm.target_accuracy",
    ),
    "test_an_open_task_is_judged_by_the_policy_that_holds_when_its_votes_are_in": (
        "PolicyForm.confidence",
    ),
    "test_a_reviewer_begins_with_what_the_votes_came_to": ("PolicyForm.review_below",),
    "test_a_share_of_the_tasks_gets_all_annotations_however_sure_the_first_are": (
        "PolicyForm.calibration_share",
    ),
    "test_about_the_least_sure_share_of_tasks_goes_to_a_reviewer": ("PolicyForm.review_share",),
    "test_a_task_that_three_annotators_skip_goes_to_a_reviewer": ("PolicyForm.skips_max",),
    "test_gold_comes_at_the_published_rate_and_each_task_once": ("PolicyForm.gold_share",),
    "test_a_lower_bar_lets_in_who_was_paused_over_gold_and_a_higher_one_pauses_at_the_next": (
        "PolicyForm.gold_accuracy_least", "PolicyForm.gold_tasks_least",
        "PolicyForm.training_score_least", "PolicyForm.training_attempts_max",
    ),
    "test_batches_and_files_keep_the_order_of_metadata": (
        "BatchForm.name", "BatchForm.project", "BatchForm.metadata", "ImportForm.metadata",
    ),
    "test_a_batch_calls_back_with_its_counts": ("BatchForm.callback",),
    "test_a_member_of_a_batch_that_would_change_nothing_is_refused": (
        "BatchForm.calibration_batch", "BatchForm.self_label_batch",
    ),
    "test_a_batch_puts_its_pending_tasks_elsewhere_in_the_queue": ("PriorityForm.priority",),
    "test_a_file_of_a_project_that_is_not_there_is_refused": ("ImportForm.project_name",),
    "test_files_are_imported_and_listed": (
        "ImportForm.file_url", "ImportForm.reference_id", "ImportForm.display_name",
    ),
    "test_several_categories_come_out_in_the_order_of_the_params_with_their_ids": (
        "CategorizationParams.categories", "CategorizationParams.allow_multiple",
        "CategorizationParams.category_ids",
    ),
    "test_a_parent_of_categories_cannot_be_chosen": ("Choice.choice", "Choice.subchoices"),
    "test_a_text_attachment_is_shown_and_any_other_is_fetched": (
        "CategorizationParams.attachment", "CategorizationParams.attachment_type",
        "CategorizationParams.attachments", "Attachment.type", "Attachment.content",
        "TranscriptionParams.attachment", "TranscriptionParams.attachment_type",
        "TextCollectionParams.attachments", "ComparisonParams.attachments",
        "ComparisonParams.attachment_type",
    ),
    "test_forms_choices_and_comparisons_are_answered_without_a_pointer": (
        "ComparisonParams.choices",
    ),
    "test_fields_of_a_comparison_keep_their_order_too": ("ComparisonParams.fields",),
    "test_shapes_reach_the_customer_in_the_pixels_of_the_picture": (
        "ImageAnnotationParams.attachment", "ImageAnnotationParams.geometries", "Geometries.box",
        "Geometries.polygon", "Geometries.line", "Geometries.point",
        "BoxGeometry.objects_to_annotate", "PolygonGeometry.objects_to_annotate",
        "LineGeometry.objects_to_annotate", "PointGeometry.objects_to_annotate",
    ),
    "test_a_shape_that_the_task_does_not_ask_for_is_refused": (
        "BoxGeometry.min_width", "BoxGeometry.min_height", "PolygonGeometry.max_vertices",
        "PolygonGeometry.min_vertices", "LineGeometry.min_vertices", "LineGeometry.max_vertices",
    ),
    "test_a_member_that_nobody_would_see_is_refused_where_it_stands": ("LineGeometry.splines",),
    "test_attributes_are_asked_of_the_chosen_shape": (
        "ImageAnnotationParams.annotation_attributes", "Attribute.description",
        "Attribute.required", "Attribute.conditions",
    ),
    "test_attributes_that_do_not_answer_what_is_asked_are_refused": (
        "Attribute.type", "Attribute.choices", "Attribute.allow_multiple", "Attribute.min",
        "Attribute.max",
    ),
    "test_pictures_beside_the_picture_are_fetched_too": (
        "ImageAnnotationParams.context_attachments", "ContextAttachment.attachment",
    ),
    "test_padding_gives_room_outside_the_picture": (
        "ImageAnnotationParams.padding", "ImageAnnotationParams.padding_x",
        "ImageAnnotationParams.padding_y",
    ),
    "test_attributes_are_asked_of_spans_and_labels_say_what_they_mean": (
        "NamedEntityRecognitionParams.text", "NamedEntityRecognitionParams.labels",
        "NamedEntityRecognitionParams.annotation_attributes", "NamedLabel.name",
        "NamedLabel.description",
    ),
    "test_a_field_is_there_while_its_condition_holds": (
        "TextCollectionParams.title", "TextCollectionParams.description",
        "TextCollectionParams.fields", "Field.title", "Field.description", "Field.hint",
        "Field.conditions",
    ),
    "test_a_field_that_need_not_be_filled_in_may_be_missing_and_any_other_may_not": (
        "Field.field_id", "Field.type", "Field.required", "Field.min_responses_required",
    ),
    "test_a_category_may_be_worded_in_every_way_that_is_in_use": (
        "Field.choices", "FieldChoice.value", "FieldChoice.label",
    ),
    "test_a_form_filled_in_wrongly_is_refused": (
        "Field.min", "Field.max", "Field.allow_multiple", "Field.max_responses_required",
        "Field.fields",
    ),
    "test_fields_stand_in_the_order_in_which_the_customer_named_them": (
        "TranscriptionParams.fields", "TranscriptionParams.repeatable_fields",
    ),
}  # fmt: skip


def members(form: Any, seen: set[Any]) -> Iterator[str]:
    """Every member of a form, and of the forms within it."""
    if isinstance(form, type) and issubclass(form, msgspec.Struct) and form not in seen:
        seen.add(form)
        for field in msgspec.structs.fields(form):
            yield f"{form.__name__}.{field.name}"
            yield from members(field.type, seen)
    for part in typing.get_args(form):
        yield from members(part, seen)


def test_every_member_of_every_form_has_a_test_that_shows_what_it_does():
    seen: set[Any] = set()
    there = {name for form in FORMS for name in members(form, seen)}
    shown = [name for names in SHOWN_BY.values() for name in names]
    assert sorted(shown) == sorted(there)


def test_the_tests_that_are_named_exist():
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    written = {name for text in texts for name in re.findall(r"def (test_\w+)\(", text)}
    assert sorted(SHOWN_BY.keys() - written) == []


def test_a_member_without_a_test_is_noticed():
    class Planted(msgspec.Struct):
        forgotten: bool = False

    planted = set(members(list[Planted], set()))
    assert planted == {"Planted.forgotten"}
    assert not planted & {name for names in SHOWN_BY.values() for name in names}


def _refused(reply: requests.Response, *words: str) -> None:
    assert reply.status_code == 400, reply.text
    for word in words:
        assert word in error_of(reply)


@pytest.mark.parametrize(
    ("form", "path", "body"),
    [
        ("project", "/projects", {"name": "p", "type": "categorization"}),
        ("batch", "/batches", {"name": "b", "project": "p"}),
        ("file", "/files/import", {"file_url": "http://127.0.0.1:9/x"}),
        ("policy", "/projects", {"name": "p", "type": "categorization", "policy": {}}),
    ],
)
def test_a_member_that_no_form_knows_is_refused_by_name(
    customer: Customer, form: str, path: str, body: dict[str, Any]
):
    wrong = {**body, "datasetId": "d"} if form != "policy" else {**body, "policy": {"datasetId": 1}}
    _refused(customer.send("POST", path, json=wrong), "datasetId")
    blank = {**body, "datasetId": None}
    if form == "project":
        assert customer.send("POST", path, json=blank).status_code == 200, "a null is not sent"


@pytest.mark.parametrize("name", ["calibration_batch", "self_label_batch"])
def test_a_member_of_a_batch_that_would_change_nothing_is_refused(customer: Customer, name: str):
    customer.send("POST", "/projects", json={"name": "p", "type": "categorization"})
    body = {"project": "p", "name": "b"}
    _refused(customer.send("POST", "/batches", json={**body, name: True}), name, "not supported")
    assert customer.send("POST", "/batches", json={**body, name: False}).status_code == 200


@pytest.mark.parametrize(
    ("more", "is_taken"),
    [
        ({"pipeline": "standard_task"}, True),
        ({"pipeline": "consensus_task", "consensus_attempts": 3}, True),
        ({"pipeline": "consensus_task", "policy": {"annotations": 2}}, True),
        ({"consensus_attempts": 3, "policy": {"annotations": 3}}, True),
        ({"pipeline": "consensus_task"}, False),
        ({"pipeline": "standard_task", "consensus_attempts": 3}, False),
        ({"consensus_attempts": 3, "policy": {"annotations": 2}}, False),
    ],
)
def test_a_pipeline_that_the_policy_contradicts_is_refused(
    customer: Customer, more: dict[str, Any], is_taken: bool
):
    body = {"name": "p", "type": "categorization", **more}
    reply = customer.send("POST", "/projects", json=body)
    if is_taken:
        assert reply.status_code == 200, reply.text
    else:
        _refused(reply, "pipeline" if "pipeline" in more else "consensus_attempts")


def test_a_file_of_a_project_that_is_not_there_is_refused(customer: Customer):
    sent: dict[str, Any] = {"files": {"file": ("a.txt", b"a")}, "data": {"project_name": "anmials"}}
    _refused(customer.send("POST", "/files/upload", **sent), "anmials", "does not exist")
    imported = {"file_url": "http://127.0.0.1:9/x", "project_name": "anmials"}
    _refused(customer.send("POST", "/files/import", json=imported), "anmials", "does not exist")
    assert customer.send("GET", "/files").json()["docs"] == []
    customer.send("POST", "/projects", json={"name": "anmials", "type": "categorization"})
    assert customer.send("POST", "/files/upload", **sent).status_code == 200


@pytest.mark.parametrize(
    "data", [{"project": "p"}, {"projectName": "p"}, [("reference_id", "a"), ("reference_id", "b")]]
)
def test_a_field_beside_a_file_that_would_be_lost_is_refused(customer: Customer, data: Any):
    reply = customer.send("POST", "/files/upload", files={"file": ("a.txt", b"a")}, data=data)
    _refused(reply, "project" if isinstance(data, dict) else "twice")


@pytest.mark.parametrize(
    ("name", "hint"), [("allowMultiple", "allow_multiple"), ("instructions", "instruction")]
)
def test_a_misspelt_param_is_refused_wherever_it_is_sent(customer: Customer, name: str, hint: str):
    body = {**CATEGORIZATION, name: "x"}
    _refused(customer.send("POST", "/task/categorization", json=body), name, hint)
    lines = customer.send(
        "POST", "/tasks/bulk?type=categorization", data=json.dumps(body).encode()
    ).json()
    assert lines["failed"] == 1
    assert hint in lines["errors"][0]["error"]
    project = {"name": "p", "type": "categorization", "params": {name: "x"}}
    _refused(customer.send("POST", "/projects", json=project), name, hint)
    customer.send("POST", "/projects", json={"name": "p", "type": "categorization"})
    _refused(customer.send("POST", "/projects/p/setParams", json={name: "x"}), name, hint)


def test_the_same_names_twice_in_one_object_leave_the_last(customer: Customer):
    body = json.dumps(CATEGORIZATION)[:-1] + ', "metadata": {"a": 1, "b": 2, "a": 3}}'
    made = customer.send("POST", "/task/categorization", data=body.encode()).json()
    assert list(made["metadata"].items()) == [("a", 3), ("b", 2)]
