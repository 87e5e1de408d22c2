"""What tasks show: fetched before anybody is asked, or the task ends in error."""

import time
from typing import Any

from app.scale.customer import Customer, error_of, params_for
from scaleapi.tasks import TaskType

IMAGE = "/task/imageannotation"
SECONDS_MAX = 30
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


def asked(picture: str, **more: Any) -> dict[str, Any]:
    return {**params_for(TaskType.ImageAnnotation, picture), **more}


def once_prepared(customer: Customer, task_id: str) -> str:
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        [(stage,)] = customer.rows(
            "SELECT stage FROM work.task WHERE tenant_id = %s AND task_id = %s", task_id
        )
        if stage != "preparing":
            return stage
        time.sleep(0.05)
    raise AssertionError("the task is still being prepared")


def test_a_task_is_offered_once_its_picture_was_fetched(customer: Customer, pictures: str):
    url = f"{pictures}/dot.png"
    task = customer.send("POST", IMAGE, json=asked(url)).json()
    assert task["status"] == "pending"
    assert once_prepared(customer, task["task_id"]) == "open"
    files = customer.rows(
        "SELECT mime_type, source_url FROM work.task_file"
        " JOIN datasets.file USING (tenant_id, file_id) WHERE tenant_id = %s"
    )
    assert files == [("image/png", url)]
    assert customer.rows("SELECT state FROM work.assignment WHERE tenant_id = %s") == [("open",)]


def test_a_picture_that_cannot_be_fetched_ends_the_task_in_error(customer: Customer, pictures: str):
    freed = customer.send(
        "POST",
        IMAGE,
        json=asked(f"{pictures}/absent.png", unique_id="u", clear_unique_id_on_error=True),
    ).json()
    kept = customer.send("POST", IMAGE, json=asked(f"{pictures}/none.png", unique_id="v")).json()
    for task, has_unique_id in ((freed, False), (kept, True)):
        assert once_prepared(customer, task["task_id"]) == "closed"
        seen = customer.send("GET", f"/task/{task['task_id']}").json()
        assert seen["status"] == "error"
        assert "attachment" in seen["response"]["error"]
        assert ("unique_id" in seen) is has_unique_id
    refused = customer.send("POST", f"/task/{kept['task_id']}/cancel")
    assert refused.status_code == 400
    assert "error" in error_of(refused)


def test_a_batch_whose_last_task_ends_in_error_is_completed(customer: Customer, pictures: str):
    project = {"name": "p", "type": "imageannotation"}
    customer.send("POST", "/projects", json=project)
    customer.send("POST", "/batches", json={"name": "b", "project": "p"})
    task = customer.send("POST", IMAGE, json=asked(f"{pictures}/absent.png", batch="b")).json()
    once_prepared(customer, task["task_id"])
    assert customer.send("GET", "/batches/b/status").json() == {"status": "completed", "error": 1}


def test_pictures_are_fetched_in_bulk_too(customer: Customer, pictures: str):
    bodies = [asked(f"{pictures}/dot.png") for _ in range(5)]
    reply = customer.send("POST", "/tasks/bulk?type=imageannotation", json=bodies).json()
    assert reply["created"] == 5
    for task_id in reply["task_ids"]:
        assert once_prepared(customer, task_id) == "open"


def test_files_are_imported_and_listed(customer: Customer, pictures: str):
    customer.send("POST", "/projects", json={"name": "p", "type": "imageannotation"})
    for number in range(3):
        sent = {
            "file_url": f"{pictures}/dot.png",
            "project_name": "p",
            "reference_id": str(number),
            "metadata": {"n": number % 2},
        }
        imported = customer.send("POST", "/files/import", json=sent)
        assert imported.json()["attachment_url"].startswith("scaledata://")
    first = customer.send("GET", "/files?limit=2&project=p").json()
    second = customer.send("GET", f"/files?limit=2&next_token={first['next_token']}").json()
    listed = [file["reference_id"] for file in first["docs"] + second["docs"]]
    assert listed == ["2", "1", "0"]
    even = customer.send("GET", '/files?metadata={"n": 0}').json()["docs"]
    assert [file["reference_id"] for file in even] == ["2", "0"]
    assert customer.send("GET", "/files?project=q").json()["docs"] == []


def test_what_is_no_file_is_refused(customer: Customer, pictures: str):
    for reply in (
        customer.send("POST", "/files/upload", json={"file": "x"}),
        customer.send("POST", "/files/upload", files={"other": b"x"}),
        customer.send("POST", "/files/upload", files={"file": b"x"}, data={"metadata": "{"}),
        customer.send("POST", "/files/upload", data=b"x", headers=MULTIPART),
        customer.send("POST", "/files/import", json={}),
        customer.send("POST", "/files/import", json={"file_url": "file:///etc/passwd"}),
        customer.send("POST", "/files/import", json={"file_url": f"{pictures}/absent.png"}),
        customer.send("GET", "/files?next_token=x"),
        customer.send("GET", "/files?metadata=x"),
    ):  # fmt: skip
        assert reply.status_code == 400, reply.text
        assert error_of(reply)
    assert customer.send("GET", "/files").json()["docs"] == []


def test_a_file_that_is_too_large_is_refused(customer: Customer):
    large = b"\0" * 81_000_000
    reply = customer.send("POST", "/files/upload", files={"file": large})
    assert reply.status_code == 413
    assert "80 MB" in error_of(reply)
