"""A person at the workbench, in a real browser, against a real server.

The keys and the pointer are those of an annotator; what they made is read where the customer reads
it. Without Chromium on the machine these tests say so and are skipped.
"""

import io
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
import pytest
import requests
from app.served import Served, serving
from PIL import Image
from playwright.sync_api import Locator, Page, expect, sync_playwright

from evenhand.foundation.embedded import embedded_server
from evenhand.work import gold_tasks

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTLE_SECONDS_MAX = 30
# What is filled in already has to be seen before Enter accepts it.
LOOKED_MS = 450
GOLD_COUNTED_BY = gold_tasks.COUNTED_BY
SCORED = """
SELECT count(*)
  FROM work.gold_score JOIN work.gold USING (tenant_id, task_id)
 WHERE gold.purpose = 'evaluation'
"""
PICTURE = (640, 400)
TEXT = "On 🙂 day Marie Curie left Warsaw."


@dataclass(slots=True)
class Workbench:
    """A customer who sends tasks, and an annotator with the workbench open."""

    served: Served
    page: Page
    auth: tuple[str, str]
    link: str
    complaints: list[str] = field(default_factory=list)

    def send(self, kind: str, **params: object) -> str:
        body = {"callback_url": "http://127.0.0.1:9/none", **params}
        reply = requests.post(
            f"{self.served.origin}/v1/task/{kind}", json=body, auth=self.auth, timeout=30
        )
        assert reply.status_code == 200, reply.text
        return reply.json()["task_id"]

    def response(self, task_id: str) -> dict:
        """What the customer receives, as soon as it is there."""
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while time.monotonic() < deadline:
            url = f"{self.served.origin}/v1/task/{task_id}"
            task = requests.get(url, auth=self.auth, timeout=30).json()
            if task["status"] == "completed":
                return task["response"]
            time.sleep(0.2)
        raise AssertionError(f"{task_id} was not completed: {task}")

    def sign_in(self) -> None:
        self.page.goto(self.link)
        self.page.get_by_role("button", name="Submit").wait_for()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("workbench") as server:
        yield server


@pytest.fixture
def workbench(served: Served) -> Iterator[Workbench]:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip("Chromium is not installed, and these tests need it")
    key = served.command("tenant", "create", f"customer {uuid4().hex[:8]}")["live_key"]
    annotator = served.command("annotator", "create", f"{uuid4().hex[:8]}@example.org")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=QUIET)
        page = chromium.new_context(viewport={"width": 1400, "height": 900}).new_page()
        link = f"{served.origin}/sign-in#token={annotator['token']}"
        workbench = Workbench(served, page, (key, ""), link)
        _listen(workbench)
        yield workbench
        chromium.close()


def _listen(workbench: Workbench) -> None:
    """Note what a strict policy or a careful operator would object to."""
    page, complaints = workbench.page, workbench.complaints
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((workbench.served.origin, "blob:"))
            else complaints.append(request.url)
        ),
    )


def _upload(workbench: Workbench) -> str:
    content = io.BytesIO()
    Image.new("RGB", PICTURE, (90, 120, 160)).save(content, "PNG")
    reply = requests.post(
        f"{workbench.served.origin}/v1/files/upload",
        files={"file": ("picture.png", content.getvalue(), "image/png")},
        auth=workbench.auth,
        timeout=30,
    )
    assert reply.status_code == 200, reply.text
    return reply.json()["attachment_url"]


def _at(workbench: Workbench, x: float, y: float) -> tuple[float, float]:
    """Where a place of the picture is on the screen: it is fitted in with a margin of 16."""
    area = workbench.page.get_by_role("img", name="The picture").bounding_box()
    assert area is not None
    scale = min((area["width"] - 32) / PICTURE[0], (area["height"] - 32) / PICTURE[1])
    left = area["x"] + (area["width"] - PICTURE[0] * scale) / 2
    top = area["y"] + (area["height"] - PICTURE[1] * scale) / 2
    return left + x * scale, top + y * scale


def _drag(workbench: Workbench, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = workbench.page.mouse
    mouse.move(*_at(workbench, *start))
    mouse.down()
    mouse.move(*_at(workbench, *((a + b) / 2 for a, b in zip(start, end, strict=True))))
    mouse.move(*_at(workbench, *end))
    mouse.up()


def _press(workbench: Workbench, *keys: str) -> None:
    for key in keys:
        workbench.page.keyboard.press(key)


def _submit(workbench: Workbench, *, done: int) -> None:
    """Submit, and wait until the page counts it as the n-th task done."""
    _press(workbench, "Control+Enter")
    expect(_done(workbench.page)).to_have_text(str(done))


def _done(page: Page) -> Locator:
    return page.locator("dt:text-is('Done') + dd")


def _chosen(page: Page) -> Locator:
    return page.locator("[aria-label^=Choose] button[aria-pressed=true]")


def _content(page: Page) -> Locator:
    return page.locator("main p[dir=auto]")


def _chip(page: Page) -> Locator:
    return page.get_by_role("heading", level=1).locator("span")


def test_shapes_reach_the_customer_in_the_pixels_of_the_picture(workbench: Workbench):
    geometries = {
        "box": {"objects_to_annotate": ["car", "tree"]},
        "polygon": {"objects_to_annotate": ["lake"]},
        "point": {"objects_to_annotate": ["lamp"]},
    }
    task = workbench.send("imageannotation", attachment=_upload(workbench), geometries=geometries)
    workbench.sign_in()
    _drag(workbench, (100, 100), (200, 180))
    _press(workbench, "2")
    # A drag that begins inside a box draws another one; it must not move the first.
    _drag(workbench, (120, 120), (160, 150))
    _drag(workbench, (300, 300), (310, 310))
    _press(workbench, "z", "p")
    for corner in ((300, 50), (400, 50), (400, 150), (350, 200)):
        workbench.page.mouse.click(*_at(workbench, *corner))
    _press(workbench, "z", "Enter", "o")
    workbench.page.mouse.click(*_at(workbench, 500, 250))
    _submit(workbench, done=1)

    drawn = [
        {key: value for key, value in one.items() if key != "uuid"}
        for one in workbench.response(task)["annotations"]
    ]
    assert drawn == [
        {"type": "box", "label": "car", "left": 100, "top": 100, "width": 100, "height": 80},
        {"type": "box", "label": "tree", "left": 120, "top": 120, "width": 40, "height": 30},
        {
            "type": "polygon",
            "label": "lake",
            "vertices": [{"x": 300, "y": 50}, {"x": 400, "y": 50}, {"x": 400, "y": 150}],
        },
        {"type": "point", "label": "lamp", "x": 500, "y": 250},
    ]
    assert workbench.complaints == []


def test_spans_marked_by_keys_alone_count_characters_as_the_contract_does(workbench: Workbench):
    labels = [{"name": "PERSON"}, {"name": "PLACE"}]
    task = workbench.send("namedentityrecognition", text=TEXT, labels=labels)
    workbench.sign_in()
    # Four words on: the sign that is two units wide in a browser is one of them.
    _press(workbench, *["ArrowRight"] * 4, "Shift+ArrowRight", "1")
    _press(workbench, "ArrowRight", "ArrowRight", "Numpad2")
    _submit(workbench, done=1)

    spans = [(one["text"], one["label"]) for one in workbench.response(task)["annotations"]]
    assert spans == [("Marie Curie", "PERSON"), ("Warsaw", "PLACE")]
    starts = [one["start"] for one in workbench.response(task)["annotations"]]
    assert starts == [TEXT.index("Marie"), TEXT.index("Warsaw")]


def test_forms_choices_and_comparisons_are_answered_without_a_pointer(workbench: Workbench):
    kinds = {"attachment_type": "text", "instruction": "**Read** it."}
    digits = workbench.send(
        "categorization", attachment="seven", categories=list("0123456789"), **kinds
    )
    pair = workbench.send(
        "comparison", attachments=["one", "two"], choices=["left", "right"], **kinds
    )
    line = workbench.send(
        "transcription", attachment="A line", fields={"line": "The line"}, **kinds
    )
    form = workbench.send(
        "textcollection",
        attachments=[{"type": "text", "content": "A text"}],
        fields=[
            {"field_id": "tone", "type": "category", "choices": ["calm", "angry"]},
            {"field_id": "long", "type": "BooleanField"},
        ],
    )
    workbench.sign_in()
    answers = {
        "Categorise": ["Numpad7"],
        "Compare": ["2"],
        "Transcribe": ["A", "Space", "l", "Enter"],
        "Fill in": ["1", "2"],
    }
    for done in range(1, len(answers) + 1):
        heading = workbench.page.get_by_role("heading", level=1)
        expect(heading).to_have_text(re.compile("|".join(answers)))
        _press(workbench, *answers.pop(heading.inner_text()))
        _submit(workbench, done=done)

    assert workbench.response(digits) == {"category": "7"}
    assert workbench.response(pair) == {"choice": "right"}
    assert workbench.response(line)["fields"] == {"line": "A l\n"}
    assert workbench.response(form) == {"annotations": {"tone": "calm", "long": False}}
    assert workbench.complaints == []


def test_work_outlives_a_closed_tab_and_a_lost_connection(workbench: Workbench):
    kinds = {"attachment_type": "text"}
    task = workbench.send(
        "transcription", attachment="A line", fields={"line": "The line"}, **kinds
    )
    workbench.sign_in()
    workbench.page.get_by_label("The line").fill("half of")
    workbench.page.wait_for_timeout(300)
    context = workbench.page.context
    workbench.page.close()

    workbench.page = context.new_page()
    workbench.page.goto(workbench.served.origin)
    expect(workbench.page.get_by_label("The line")).to_have_value("half of")
    context.set_offline(True)
    workbench.page.get_by_label("The line").fill("half of it")
    _submit(workbench, done=1)
    expect(workbench.page.get_by_role("contentinfo")).to_contain_text(
        "1 answer kept on this device"
    )
    workbench.page.close()

    context.set_offline(False)
    workbench.page = context.new_page()
    workbench.page.goto(workbench.served.origin)
    assert workbench.response(task)["fields"] == {"line": "half of it"}


QUESTION = {"attachment_type": "text", "categories": ["cat", "dog"], "project": "animals"}


def _project(workbench: Workbench, **policy: float) -> None:
    body = {"name": "animals", "type": "categorization", "policy": policy}
    reply = requests.post(
        f"{workbench.served.origin}/v1/projects", json=body, auth=workbench.auth, timeout=30
    )
    assert reply.status_code == 200, reply.text


def _known(workbench: Workbench, kind: str, attachment: str, expected: str) -> None:
    body = {**QUESTION, "attachment": attachment, "expected_response": {"category": expected}}
    reply = requests.post(
        f"{workbench.served.origin}/v1/{kind}/categorization",
        json=body,
        auth=workbench.auth,
        timeout=30,
    )
    assert reply.status_code == 200, reply.text


def test_after_each_lesson_the_expected_answer_is_shown_beside_ones_own(workbench: Workbench):
    _project(workbench, training_score_least=0.5)
    task = workbench.send("categorization", **QUESTION, attachment="A live one")
    _known(workbench, "training_tasks", "Lesson one", "cat")
    _known(workbench, "training_tasks", "Lesson two", "dog")
    workbench.sign_in()
    page = workbench.page
    for number, (answer, outcome) in enumerate((("2", "Not what was expected."), ("2", "Right."))):
        expect(_chip(page)).to_have_text("Lesson")
        expect(_content(page)).to_have_text(f"Lesson {('one', 'two')[number]}")
        _press(workbench, answer)
        _submit(workbench, done=number + 1)
        expect(page.locator("aside").get_by_role("status")).to_contain_text(outcome)
        chosen = _chosen(page)
        expect(chosen).to_contain_text(("cat", "dog")[number])
        _press(workbench, "x")
        expect(chosen).to_contain_text("dog")
        # What is shown was handed in: a key of the palette changes nothing.
        _press(workbench, "1")
        expect(chosen).to_contain_text("dog")
        page.wait_for_timeout(LOOKED_MS)
        _press(workbench, "Enter")
    expect(_content(page)).to_have_text("A live one")
    expect(_chip(page)).to_have_count(0)
    _press(workbench, "1")
    _submit(workbench, done=3)
    assert workbench.response(task) == {"category": "cat"}
    assert workbench.complaints == []


def test_a_reviewer_accepts_a_proposed_answer_with_one_key_or_takes_it_away(workbench: Workbench):
    _project(workbench, annotations=3, annotations_max=3, review_below=0.9)
    accepted = workbench.send("categorization", **QUESTION, attachment="one")
    changed = workbench.send("categorization", **QUESTION, attachment="two")
    for category in ("dog", "dog", "cat"):
        _annotate_all(workbench.served, category)
    _reviewer_signs_in(workbench)
    page = workbench.page
    chosen = _chosen(page)
    for done, attachment in enumerate(("one", "two")):
        expect(_content(page)).to_have_text(attachment)
        expect(_chip(page)).to_have_text("Review")
        expect(chosen).to_contain_text("dog")
        expect(page.get_by_text("A proposed answer is filled in")).to_be_visible()
        if attachment == "two":
            _press(workbench, "z")
            expect(chosen).to_have_count(0)
            _press(workbench, "1")
        page.wait_for_timeout(LOOKED_MS)
        _press(workbench, "Enter")
        expect(_done(page)).to_have_text(str(done + 1))
    assert workbench.response(accepted) == {"category": "dog"}
    assert workbench.response(changed) == {"category": "cat"}
    assert workbench.complaints == []


def _annotate_all(served: Served, category: str) -> None:
    """Somebody gives the same answer to whatever there is."""
    made = served.command("annotator", "create", f"{uuid4().hex[:8]}@example.org")
    bearer = {"Authorization": f"Bearer {made['token']}"}
    at = f"{served.origin}/api/assignments"
    while (lent := requests.post(f"{at}/next", headers=bearer, timeout=30)).status_code == 200:
        body = {"annotation_id": str(uuid4()), "response": {"category": category}}
        url = f"{at}/{lent.json()['assignment_id']}/submit"
        assert requests.post(url, headers=bearer, json=body, timeout=30).status_code == 200


def _reviewer_signs_in(workbench: Workbench) -> None:
    email = f"{uuid4().hex[:8]}@example.org"
    made = workbench.served.command("annotator", "create", email, "--reviewer")
    workbench.link = f"{workbench.served.origin}/sign-in#token={made['token']}"
    workbench.sign_in()


def _a_day_later(workbench: Workbench) -> None:
    """Wait until all gold answers are scored, and let a day go by and the hour be full."""
    with (
        embedded_server(workbench.served.data) as admin,
        psycopg.connect(admin, autocommit=True) as db,
    ):
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while db.execute(SCORED).fetchone() < (GOLD_COUNTED_BY,):
            assert time.monotonic() < deadline, "gold answers are scored in the background"
            time.sleep(0.1)
        db.execute("UPDATE work.gold_score SET answered_at = answered_at - interval '1 day'")
        db.execute("UPDATE work.standing SET judge_at = now() WHERE judge_at IS NOT NULL")


def test_whoever_is_paused_reads_why_and_contests_by_keys_alone(workbench: Workbench):
    _project(workbench, gold_share=0.5, gold_accuracy_least=0.5)
    for number in range(16):
        workbench.send("categorization", **QUESTION, attachment=f"animal {number}")
    for number in range(GOLD_COUNTED_BY):
        _known(workbench, "evaluation_tasks", f"animal 1{number}", "cat")
    workbench.sign_in()
    page = workbench.page
    for done in range(1, 15):
        _content(page).wait_for()
        _press(workbench, "2")
        _submit(workbench, done=done)
    _a_day_later(workbench)
    dialog = page.get_by_role("dialog")
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while not dialog.get_by_text("Paused since").count():
        assert time.monotonic() < deadline, "the worker pauses whoever is wrong too often"
        if dialog.count():
            _press(workbench, "Escape")
        page.wait_for_timeout(500)
        _press(workbench, "Shift+S")
        dialog.get_by_role("heading", level=2).wait_for()
        page.wait_for_timeout(200)
    expect(dialog).to_contain_text(f"0 of {GOLD_COUNTED_BY}")
    expect(dialog).to_contain_text("Project 1 · Categorise")
    assert "animals" not in dialog.inner_text()

    _press(workbench, "1")
    expect(dialog.locator("dl")).to_contain_text("cat")
    page.keyboard.type("It looks like a dog to me.")
    _press(workbench, "Control+Enter")
    expect(dialog).to_contain_text("Contested: not decided yet")

    auth, origin = workbench.auth, workbench.served.origin
    found = requests.get(f"{origin}/api/contests?status=open", auth=auth, timeout=30).json()
    (contest,) = found["contests"]
    assert contest["reason"] == "It looks like a dog to me."
    requests.post(
        f"{origin}/api/contests/{contest['contest_id']}/decide", auth=auth, timeout=30,
        json={"uphold": True, "expected_response": {"category": "dog"}},
    )  # fmt: skip
    _press(workbench, "Escape", "Shift+S")
    expect(dialog).to_contain_text("Upheld: you were right")
    expect(dialog.get_by_text("Paused since")).to_have_count(0)
    assert workbench.complaints == []
