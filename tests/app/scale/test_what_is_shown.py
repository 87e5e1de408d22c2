"""What a task shows, from a customer's server to the annotator: whole and upright, or told."""

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from app.api.workbench import Workbench, new_annotator, new_tenant
from app.scale.customer import Customer, error_of
from app.served import Served
from pictures import DICOM, HEIC, HEIGHT, HTML, WIDTH, is_upright, picture
from PIL import Image

SECONDS_MAX = 60
BOX = {"type": "box", "label": "car", "left": 10, "top": 10, "width": 30, "height": 20}
STATED = {"width": WIDTH, "height": HEIGHT, "orientation": "upright"}
SKIPS = 3  # of different annotators, where the project says nothing


@dataclass(slots=True)
class Store:
    """A customer's own server: what lies where, and what it was told."""

    origin: str = ""
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def put(self, content: bytes) -> str:
        path = f"/{uuid4().hex}/a.jpg"
        self.files[path] = content
        return self.origin + path


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = made.files[self.path]
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            made.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Say nothing: the test says what it saw."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made.origin = f"http://127.0.0.1:{server.server_address[1]}"
        yield made
        server.shutdown()


@pytest.fixture
def nothing_open(customer: Customer) -> None:
    """Take away what other tests left open, so that the next task lent is the test's own."""
    customer.rows(
        "DELETE FROM work.assignment WHERE state = 'open' AND tenant_id <> %s RETURNING 1"
    )


@pytest.fixture
def desks(served: Served, admin: str, nothing_open: None) -> list[Workbench]:
    """Annotators at their desks, and the tenant whose tasks they are given."""
    owner = new_tenant(served, admin)
    return [Workbench(served.origin, new_annotator(served, admin), owner) for _ in range(SKIPS + 1)]


def asked(url: str, **more: Any) -> dict[str, Any]:
    geometries = {"box": {"objects_to_annotate": ["car"]}}
    return {"attachment": url, "geometries": geometries, **more}


def until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


def ended(desk: Workbench, task_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        task = desk.as_tenant("GET", f"/v1/task/{task_id}").json()
        return task if task["status"] != "pending" else None

    return until(look)


def sent(desk: Workbench, url: str, **more: Any) -> str:
    reply = desk.as_tenant("POST", "/v1/task/imageannotation", json=asked(url, **more))
    assert reply.status_code == 200, reply.text
    return reply.json()["task_id"]


def lent(desk: Workbench) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        reply = desk.call("POST", "/assignments/next")
        return reply.json() if reply.status_code == 200 else None

    return until(look)


def shown(desk: Workbench, assignment: dict[str, Any]) -> bytes:
    (path,) = assignment["files"].values()
    return desk.call("GET", path.removeprefix("/api")).content


def submitted(desk: Workbench, assignment: dict[str, Any], *boxes: Any, **said: Any) -> Any:
    response = {"annotations": list(boxes), **said}
    body = {"annotation_id": str(uuid4()), "response": response}
    return desk.call("POST", f"/assignments/{assignment['assignment_id']}/submit", json=body)


NO_PICTURES = {
    "empty": (b"", "empty"),
    "a login page": (HTML, "web page"),
    "text": (b"not a picture, whatever it is called", "is text"),
    "JSON": (b'{"error": "AccessDenied"}', "JSON"),
    "XML": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "XML"),
    "DICOM": (DICOM, "DICOM"),
    "a PDF": (b"%PDF-1.7\n" + bytes(300), "PDF"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "SVG"),
    "noise": (b"\x01\x9f" * 3000, "not known"),
    "a cut JPEG": (picture("JPEG")[:-200], "damaged or cut off"),
    "a cut PNG": (picture("PNG")[:-60], "damaged or cut off"),
    "a film": (b"\0\0\0\x20ftypisom" + bytes(600), "video/mp4"),
}


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_ends_the_task_in_error_with_what_was_found(
    desks: list[Workbench], store: Store, name: str
):
    content, words = NO_PICTURES[name]
    url = store.put(content)
    task_id = sent(desks[0], url, callback_url=f"{store.origin}/told", unique_id="u",
                   clear_unique_id_on_error=True)  # fmt: skip
    task = ended(desks[0], task_id)
    assert task["status"] == "error"
    assert words in task["response"]["error"]
    assert url in task["response"]["error"]
    (told,) = until(lambda: store.told)
    assert (told["task_id"], told["status"]) == (task_id, "error")
    assert told["response"] == task["response"]
    # Nobody was asked, and the name is free for the next one.
    assert desks[0].call("POST", "/assignments/next").status_code == 204
    sent(desks[0], store.put(picture()), unique_id="u")


@pytest.mark.parametrize("name", sorted(NO_PICTURES.keys() - {"empty"}))
def test_an_uploaded_file_that_is_no_picture_is_refused_where_a_picture_is_needed(
    customer: Customer, name: str
):
    content, words = NO_PICTURES[name]
    stored = customer.send("POST", "/files/upload", files={"file": ("a.jpg", content)}).json()
    refused = customer.send("POST", "/task/imageannotation", json=asked(stored["attachment_url"]))
    assert refused.status_code == 400
    assert words in error_of(refused)


def test_an_empty_file_is_refused_when_it_is_brought(customer: Customer, store: Store):
    for reply in (
        customer.send("POST", "/files/upload", files={"file": ("a.jpg", b"")}),
        customer.send("POST", "/files/import", json={"file_url": store.put(b"")}),
    ):
        assert reply.status_code == 400
        assert "empty" in error_of(reply)
    assert customer.send("GET", "/files").json()["docs"] == []


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("audio", HTML), ("audio", picture("PNG")), ("video", b"%PDF-1.7\n" + bytes(300)),
        ("video", b"ID3\x04\0\0\0" + bytes(300)), ("pdf", HTML), ("pdf", picture("PNG")),
        ("audio", b"RIFF\x24\0\0\0AVI LIST" + bytes(100)), ("website", b""),
    ],
)  # fmt: skip
def test_every_other_kind_of_attachment_is_held_against_what_was_fetched(
    customer: Customer, store: Store, kind: str, content: bytes
):
    body = {"attachment": store.put(content), "attachment_type": kind, "categories": ["a", "b"]}
    task = customer.send("POST", "/task/categorization", json=body).json()
    path = f"/task/{task['task_id']}"
    until(lambda: customer.send("GET", path).json()["status"] == "error")
    assert "failed" in customer.send("GET", path).json()["response"]["error"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("audio", b"\xff\xf3\x40\xc4" + bytes(300)), ("audio", b"\0\0\0\x20ftypisom" + bytes(300)),
        ("audio", b"OggS\0\2" + bytes(300)), ("video", b"\x1aE\xdf\xa3" + bytes(300)),
        ("pdf", b"%PDF-1.7\n" + bytes(300)), ("website", HTML), ("image", picture("GIF")),
    ],
)  # fmt: skip
def test_what_a_task_needs_is_offered(customer: Customer, store: Store, kind: str, content: bytes):
    body = {"attachment": store.put(content), "attachment_type": kind, "categories": ["a", "b"]}
    customer.send("POST", "/task/categorization", json=body)
    until(lambda: customer.rows("SELECT 1 FROM work.assignment WHERE tenant_id = %s"))


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (picture("JPEG", orientation=6), (WIDTH, HEIGHT)),
        (picture("PNG", orientation=8), (WIDTH, HEIGHT)),
        (picture("TIFF"), (WIDTH, HEIGHT)),
        (picture("JPEG2000"), (WIDTH, HEIGHT)),
        (picture("BMP"), (WIDTH, HEIGHT)),
        (HEIC, (48, 32)),
    ],
)
@pytest.mark.parametrize("way", ["fetched", "uploaded"])
def test_annotators_and_models_get_bytes_that_browsers_show_upright(
    desks: list[Workbench], store: Store, content: bytes, size: tuple[int, int], way: str
):
    desk = desks[0]
    url = store.put(content) if way == "fetched" else desk.upload("a.jpg", content)
    sent(desk, url)
    assignment = lent(desk)
    width, height = size
    frame = {"width": width, "height": height, "orientation": "upright"}
    assert assignment["frames"] == {url: frame}
    given = shown(desk, assignment)
    with Image.open(io.BytesIO(given)) as found:
        assert found.format in ("JPEG", "PNG", "BMP")
        assert found.size == size
        assert found.getexif().get(0x0112, 1) == 1
    if size == (WIDTH, HEIGHT):
        assert is_upright(given)
    held = desk.call("GET", "/assignments").json()["assignments"]
    assert [one["frames"] for one in held] == [{url: frame}]
    # The file as it came is kept, and alone is listed.
    (listed,) = desk.as_tenant("GET", "/v1/files").json()["docs"]
    assert (listed["size"], listed["width"], listed["height"]) == (len(content), *size)


def test_a_box_outside_of_the_picture_is_refused_and_one_inside_states_its_frame(
    desks: list[Workbench], store: Store
):
    desk = desks[0]
    content = picture("JPEG", orientation=6)
    task_id = sent(desk, store.put(content), callback_url=f"{store.origin}/told")
    assignment = lent(desk)
    far = {**BOX, "left": 5000, "top": 5000, "width": 9000}
    # First as it is remembered from when it was lent, then as it is looked up.
    for box in (far, far, {**BOX, "left": 100}, {**BOX, "top": 70}):
        refused = submitted(desk, assignment, box)
        assert refused.status_code == 422
        assert "120 by 80 pixels" in refused.json()["detail"]
    stored = {"width": HEIGHT, "height": WIDTH}
    assert "80 by 120" in submitted(desk, assignment, BOX, image=stored).json()["detail"]
    edge = {**BOX, "left": 100, "width": 20.5}
    assert submitted(desk, assignment, edge, image=STATED).status_code == 200
    task = ended(desk, task_id)
    assert task["response"]["image"] == STATED
    (drawn,) = task["response"]["annotations"]
    assert (drawn["left"], drawn["width"]) == (100, 20)
    (told,) = until(lambda: store.told)
    assert told["response"]["image"] == STATED
    exported = desk.as_tenant("GET", "/api/export", params={"annotations": "true"})
    (line,) = exported.text.splitlines()
    row = json.loads(line)
    assert row["response"]["image"] == STATED
    assert [one["response"]["image"] for one in row["annotations"]] == [STATED]


def test_a_task_that_failed_is_retried_once_its_picture_is_mended(
    desks: list[Workbench], store: Store
):
    desk = desks[0]
    for path, body in (
        ("/v1/projects", {"name": "p", "type": "imageannotation"}),
        ("/v1/batches", {"name": "b", "project": "p"}),
    ):
        assert desk.as_tenant("POST", path, json=body).status_code == 200
    url = store.put(HTML)
    task_id = sent(desk, url, batch="b", unique_id="mine")
    assert ended(desk, task_id)["status"] == "error"
    assert desk.as_tenant("GET", "/v1/batches/b").json()["status"] == "completed"
    store.files[url.removeprefix(store.origin)] = picture()
    again = desk.as_tenant("POST", f"/v1/task/{task_id}/retry")
    assert again.status_code == 200, again.text
    assert (again.json()["status"], again.json()["unique_id"]) == ("pending", "mine")
    assert "response" not in again.json()
    assert desk.as_tenant("GET", "/v1/batches/b").json()["status"] == "in_progress"
    assert submitted(desk, lent(desk), BOX).status_code == 200
    assert ended(desk, task_id)["status"] == "completed"
    refused = desk.as_tenant("POST", f"/v1/task/{task_id}/retry")
    assert refused.status_code == 400
    assert "completed" in error_of(refused)
    absent = desk.as_tenant("POST", f"/v1/task/{'0' * 24}/retry")
    assert absent.status_code == 404


def skipped(desk: Workbench, reason: str = "broken", comment: str = "") -> None:
    handle = lent(desk)["assignment_id"]
    body = {"reason": reason, "comment": comment}
    assert desk.call("POST", f"/assignments/{handle}/skip", json=body).status_code == 204


def test_what_is_skipped_as_broken_by_enough_is_told_to_its_customer(
    desks: list[Workbench], store: Store
):
    task_id = sent(desks[0], store.put(picture()), callback_url=f"{store.origin}/told")
    for desk in desks[: SKIPS - 1]:
        skipped(desk, comment="Nothing is to be seen: it is all grey.")
    assert desks[0].as_tenant("GET", f"/v1/task/{task_id}").json()["status"] == "pending"
    skipped(desks[SKIPS - 1])
    task = ended(desks[0], task_id)
    assert task["status"] == "error"
    assert "3 annotators have skipped this task as broken" in task["response"]["error"]
    (told,) = until(lambda: store.told)
    assert (told["task_id"], told["status"]) == (task_id, "error")
    assert desks[SKIPS].call("POST", "/assignments/next").status_code == 204
    # Whoever has not had it yet is asked, once it is retried.
    assert desks[0].as_tenant("POST", f"/v1/task/{task_id}/retry").status_code == 200
    assert submitted(desks[SKIPS], lent(desks[SKIPS]), BOX).status_code == 200
    assert ended(desks[0], task_id)["status"] == "completed"


def test_what_is_skipped_for_several_reasons_goes_to_a_reviewer(
    desks: list[Workbench], store: Store
):
    task_id = sent(desks[0], store.put(picture()))
    for desk, reason in zip(desks, ("broken", "unclear", "broken"), strict=False):
        skipped(desk, reason)
    assert desks[0].as_tenant("GET", f"/v1/task/{task_id}").json()["status"] == "pending"


def test_what_is_expected_of_gold_lies_on_its_picture(customer: Customer):
    customer.send("POST", "/projects", json={"name": "g", "type": "imageannotation"})
    content = picture("JPEG", orientation=6)
    stored = customer.send("POST", "/files/upload", files={"file": ("a.jpg", content)}).json()
    about = asked(stored["attachment_url"], project="g")
    path = "/evaluation_tasks/imageannotation"
    far = {"annotations": [{**BOX, "left": 100}]}
    refused = customer.send("POST", path, json={**about, "expected_response": far})
    assert refused.status_code == 400
    assert "expected_response.annotations[0]" in error_of(refused)
    right = {"annotations": [BOX]}
    made = customer.send("POST", path, json={**about, "expected_response": right})
    assert made.status_code == 200, made.text
    assert made.json()["expected_response"]["image"] == STATED
