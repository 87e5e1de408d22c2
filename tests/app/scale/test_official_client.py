"""The official Python client, unchanged, against a real running server."""

import io
import json
from pathlib import Path

import pytest
from app.scale.customer import CATEGORIZATION, PARAMS, PICTURE, Customer, params_for
from scaleapi import ScaleClient
from scaleapi.batches import BatchStatus
from scaleapi.exceptions import (
    ScaleDuplicateResource,
    ScaleInvalidRequest,
    ScaleResourceNotFound,
    ScaleUnauthorized,
)
from scaleapi.tasks import TaskStatus, TaskType


@pytest.mark.parametrize("task_type", PARAMS, ids=lambda one: one.value)
def test_every_type_is_created_and_waits_with_a_live_key(
    customer: Customer, pictures: str, task_type: TaskType
):
    asked = params_for(task_type, f"{pictures}/dot.png")
    task = customer.live.create_task(task_type, **asked, instruction="Look well.")
    seen = customer.live.get_task(task.id).as_dict()
    assert seen["status"] == "pending"
    assert seen["type"] == task_type.value
    assert seen["instruction"] == "Look well."
    assert seen["is_test"] is False
    assert seen["params"].keys() >= asked.keys()


@pytest.mark.parametrize("task_type", PARAMS, ids=lambda one: one.value)
def test_every_type_is_completed_at_once_with_a_test_key(
    customer: Customer, pictures: str, task_type: TaskType
):
    task = customer.test.create_task(task_type, **params_for(task_type, f"{pictures}/dot.png"))
    for seen in (task.as_dict(), customer.test.get_task(task.id).as_dict()):
        assert seen["status"] == "completed"
        assert seen["is_test"] is True
        assert seen["callback_succeeded"] is True
        assert seen["completed_at"] >= seen["created_at"]
        assert seen["response"]


def test_the_two_worlds_do_not_see_each_other(customer: Customer):
    task = customer.test.create_task(TaskType.Categorization, **CATEGORIZATION)
    with pytest.raises(ScaleResourceNotFound, match="Task with that ID not found"):
        customer.live.get_task(task.id)


def test_a_tenant_sees_nothing_of_another(customer: Customer, other_customer: Customer):
    task = customer.live.create_task(
        TaskType.Categorization, **CATEGORIZATION, unique_id="same", batch=None
    )
    with pytest.raises(ScaleResourceNotFound):
        other_customer.live.get_task(task.id)
    assert other_customer.live.tasks(unique_id="same").total == 0
    other_customer.live.create_task(TaskType.Categorization, **CATEGORIZATION, unique_id="same")


def test_a_unique_id_is_used_once_and_the_refusal_names_the_task(customer: Customer):
    first = customer.live.create_task(TaskType.Categorization, **CATEGORIZATION, unique_id="a/1")
    with pytest.raises(ScaleDuplicateResource, match=first.id):
        customer.live.create_task(TaskType.Categorization, **CATEGORIZATION, unique_id="a/1")
    assert [task.id for task in customer.live.tasks(unique_id="a/1").docs] == [first.id]


def test_a_unique_id_is_changed_cleared_and_free_again(customer: Customer):
    task = customer.live.create_task(TaskType.Categorization, **CATEGORIZATION)
    assert "unique_id" not in task.as_dict()
    task.update_unique_id("mine")
    task.refresh()
    assert task.unique_id == "mine"
    other = customer.live.create_task(TaskType.Categorization, **CATEGORIZATION, unique_id="other")
    with pytest.raises(ScaleDuplicateResource, match=task.id):
        other.update_unique_id("mine")
    task.clear_unique_id()
    task.refresh()
    assert "unique_id" not in task.as_dict()
    other.update_unique_id("mine")


def test_canceling_is_for_pending_tasks_and_may_be_repeated(customer: Customer):
    task = customer.live.create_task(TaskType.Categorization, **CATEGORIZATION, unique_id="gone")
    task.cancel()
    customer.live.cancel_task(task.id, clear_unique_id=True)
    task.refresh()
    assert task.status == TaskStatus.Canceled.value
    assert "unique_id" not in task.as_dict()
    with pytest.raises(ScaleInvalidRequest, match="completed"):
        customer.test.create_task(TaskType.Categorization, **CATEGORIZATION).cancel()
    with pytest.raises(ScaleResourceNotFound, match="Task with that ID not found"):
        customer.live.cancel_task("0" * 24)


def test_tags_are_set_added_and_removed(customer: Customer):
    task = customer.live.create_task(TaskType.Categorization, **CATEGORIZATION)
    assert "tags" not in task.as_dict()
    for change, tags, expected in [
        (task.set_tags, ["night", "rain"], ["night", "rain"]),
        (task.add_tags, ["rain", "city"], ["night", "rain", "city"]),
        (task.delete_tags, ["night", "absent"], ["rain", "city"]),
        (task.set_tags, [], []),
    ]:
        change(tags)
        task.refresh()
        assert task.tags == expected
    with pytest.raises(ScaleInvalidRequest, match="5"):
        task.set_tags(["a", "b", "c", "d", "e", "f"])


def test_metadata_is_replaced_as_a_whole(customer: Customer):
    task = customer.live.create_task(
        TaskType.Categorization, **CATEGORIZATION, metadata={"a": 1, "b": [True, None]}
    )
    assert task.metadata == {"a": 1, "b": [True, None]}
    task.set_metadata({"c": "ü"})
    task.refresh()
    assert task.metadata == {"c": "ü"}
    task.set_metadata({})
    task.refresh()
    assert task.metadata == {}


def test_tasks_are_found_counted_and_walked(customer: Customer):
    customer.live.create_project("animals", TaskType.Categorization, params={})
    made = [
        customer.live.create_task(
            TaskType.Categorization,
            **CATEGORIZATION,
            project="animals",
            tags=["odd"] if n % 2 else [],
        ).id
        for n in range(5)
    ]
    walked = [task.id for task in customer.live.get_tasks(project_name="animals", limit=2)]
    assert walked == made[::-1]
    assert customer.live.get_tasks_count(project_name="animals") == 5
    assert customer.live.get_tasks_count(project_name="animals", tags=["odd"]) == 2
    assert customer.live.get_tasks_count(project_name="absent") == 0
    page = customer.live.tasks(limit=2)
    assert (page.total, page.limit, page.offset, page.has_more) == (5, 2, 0, True)


def test_projects_keep_every_version_of_their_params(customer: Customer):
    name = "Straße 50%/½ a"
    customer.live.create_project(
        name, TaskType.Categorization, params={"categories": ["a"], "instruction": "Old."}
    )
    project = customer.live.update_project(name, categories=["b"], patch=True)
    assert project.version == 1
    assert project.params["categories"] == ["b"]
    assert project.instruction == "Old."
    replaced = customer.live.update_project(name, categories=["c"])
    assert replaced.instruction is None
    assert len(customer.live.get_project(name).as_dict()["param_history"]) == 3
    assert [one.name for one in customer.live.get_projects()] == [name]
    with pytest.raises(ScaleDuplicateResource):
        customer.live.create_project(name, TaskType.Categorization, params={})
    with pytest.raises(ScaleResourceNotFound):
        customer.live.get_project("absent")


@pytest.mark.parametrize("name", ["a/b", "a b", "100 %", "%2F", "ü?#&", "/", "...", "a/../b"])
def test_names_of_batches_may_hold_anything(customer: Customer, name: str):
    customer.live.create_project("p", TaskType.Categorization, params={})
    assert customer.live.create_batch("p", name).name == name
    assert customer.live.get_batch(name).name == name
    assert customer.live.batch_status(name) == {"status": "in_progress"}
    assert customer.live.set_batch_metadata(name, {"x": 1}).metadata == {"x": 1}
    assert customer.live.finalize_batch(name).name == name


def test_a_name_that_no_path_can_hold_is_refused(customer: Customer):
    for name in (".", "..", " "):
        with pytest.raises(ScaleInvalidRequest, match="name"):
            customer.live.create_project(name, TaskType.Categorization, params={})


def test_a_staged_batch_is_finalized_and_takes_no_more(customer: Customer):
    customer.live.create_project("rapid", TaskType.Categorization, params={}, rapid=True)
    batch = customer.live.create_batch("rapid", "first")
    assert batch.status == BatchStatus.Staging.value
    task = customer.live.create_task(TaskType.Categorization, **CATEGORIZATION, batch="first")
    assert task.project == "rapid"
    batch.get_status()
    assert batch.tasks_pending == 1
    batch.finalize()
    assert batch.status == BatchStatus.InProgress.value
    with pytest.raises(ScaleInvalidRequest, match="finalized"):
        customer.live.create_task(TaskType.Categorization, **CATEGORIZATION, batch="first")
    task.cancel()
    batch.get_status()
    assert (batch.status, batch.tasks_canceled) == (BatchStatus.Completed.value, 1)
    with pytest.raises(ScaleDuplicateResource):
        customer.live.create_batch("rapid", "first")


def test_batches_are_listed_newest_first(customer: Customer):
    customer.live.create_project("p", TaskType.Categorization, params={})
    for n in range(3):
        customer.live.create_batch("p", f"batch {n}")
    listed = [batch.name for batch in customer.live.get_batches(project_name="p")]
    assert listed == ["batch 2", "batch 1", "batch 0"]
    page = customer.live.batches(limit=2)
    assert (page.total, page.has_more) == (3, True)
    assert not list(customer.live.get_batches(batch_status=BatchStatus.Completed))


def test_an_uploaded_file_is_shown_by_a_task(customer: Customer, tmp_path: Path):
    customer.live.create_project("p", TaskType.ImageAnnotation, params={})
    (tmp_path / "dot.png").write_bytes(PICTURE)
    with (tmp_path / "dot.png").open("rb") as file:
        uploaded = customer.live.upload_file(
            file=file, project_name="p", reference_id="r1", metadata=json.dumps({"a": 1})
        )
    seen = uploaded.as_dict()
    assert seen["size"] == len(PICTURE)
    assert seen["mime_type"] == "image/png"
    assert (seen["project_names"], seen["metadata"]) == (["p"], {"a": 1})
    asked = params_for(TaskType.ImageAnnotation, uploaded.attachment_url)
    task = customer.live.create_task(TaskType.ImageAnnotation, **asked)
    [(stage, file_id)] = customer.rows(
        "SELECT stage, file_id::text FROM work.task JOIN work.task_file USING (tenant_id, task_id)"
        " WHERE tenant_id = %s AND task_id = %s",
        task.id,
    )
    assert (stage, file_id) == ("open", uploaded.id)


def test_a_file_of_somebody_else_is_not_shown(customer: Customer, other_customer: Customer):
    theirs = other_customer.live.upload_file(file=io.BytesIO(b"secret"))
    asked = params_for(TaskType.ImageAnnotation, theirs.attachment_url)
    with pytest.raises(ScaleInvalidRequest, match="not among your files"):
        customer.live.create_task(TaskType.ImageAnnotation, **asked)


def test_errors_have_the_clients_own_classes(customer: Customer):
    with pytest.raises(ScaleUnauthorized):
        ScaleClient("live_wrong", api_instance_url=customer.base).tasks()
    with pytest.raises(ScaleInvalidRequest, match="categories"):
        customer.live.create_task(TaskType.Categorization, attachment="x", attachment_type="text")
    with pytest.raises(ScaleInvalidRequest, match="lidarlinking"):
        customer.live.create_task(TaskType.LidarLinking)
    with pytest.raises(ScaleResourceNotFound):
        customer.live.list_teammates()
    customer.live.create_project("only live", TaskType.Categorization, params={})
    with pytest.raises(ScaleInvalidRequest, match="exists for live calls only"):
        customer.test.create_task(TaskType.Categorization, **CATEGORIZATION, project="only live")
