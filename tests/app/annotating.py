"""An annotator in a real browser, for tests of one editor: one browser and one server a file.

Each test gets a customer, an annotator and a page of its own. What was answered is read where it
leaves the page, and the server must have taken it.
"""

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests
from app.served import Served, serving
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MARGIN = 16  # pixels of the screen around a picture that is fitted in
PAINTED = "() => new Promise((seen) => requestAnimationFrame(() => setTimeout(seen, 30)))"
WIDE = {"width": 1400, "height": 900}


@dataclass(frozen=True, slots=True)
class Seat:
    """What the tests of a file share."""

    served: Served
    browser: Browser
    auth: tuple[str, str]
    token: str


@dataclass(slots=True)
class Desk:
    """A customer who sends tasks, and an annotator who has not signed in yet."""

    served: Served
    page: Page
    auth: tuple[str, str]
    token: str
    picture: tuple[int, int] = (640, 400)
    complaints: list[str] = field(default_factory=list)

    def send(self, kind: str, **params: object) -> str:
        """Create a task and return its id."""
        body = {"callback_url": "http://127.0.0.1:9/none", **params}
        reply = requests.post(
            f"{self.served.origin}/v1/task/{kind}", json=body, auth=self.auth, timeout=30
        )
        assert reply.status_code == 200, reply.text
        return reply.json()["task_id"]

    def upload(self, size: tuple[int, int] = (640, 400)) -> str:
        """Give the host a picture of this size to keep."""
        content = io.BytesIO()
        picture = Image.new("RGB", size, (90, 120, 160))
        # Two different halves, so that what is seen of it shows on a screenshot.
        picture.paste((200, 190, 150), (size[0] // 2, 0, size[0], size[1]))
        picture.save(content, "PNG")
        reply = requests.post(
            f"{self.served.origin}/v1/files/upload",
            files={"file": ("picture.png", content.getvalue(), "image/png")},
            auth=self.auth,
            timeout=30,
        )
        assert reply.status_code == 200, reply.text
        return reply.json()["attachment_url"]

    def sign_in(self) -> None:
        """Open the page and wait for the first task."""
        self.page.goto(f"{self.served.origin}/sign-in#token={self.token}")
        self.page.get_by_role("button", name="Submit").wait_for()
        self._see()

    def call(self, method: str, path: str, **options: object) -> dict:
        """Call the API about the annotator's assignments."""
        url = f"{self.served.origin}/api/assignments{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        reply = requests.request(method, url, headers=headers, timeout=30, **options)
        assert reply.ok, reply.text
        return reply.json() if reply.content else {}

    def restore(self, annotations: list[dict]) -> None:
        """Sign in to a task of which so much was done before."""
        lent = self.call("POST", "/next")
        draft = {"response": {"annotations": annotations}, "version": 0}
        self.call("PUT", f"/{lent['assignment_id']}/draft", json=draft)
        self.sign_in()

    def press(self, *keys: str) -> None:
        """Press these keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def submit(self) -> dict:
        """Submit, and return the response that the server took."""
        with self.page.expect_response(re.compile(r"/submit\b")) as reply:
            self.press("Control+Enter")
        assert reply.value.ok, reply.value.text()
        self._see()
        return reply.value.request.post_data_json["response"]

    def _see(self) -> None:
        """Wait until what is on the screen has been painted, as people do before a key."""
        self.page.evaluate(PAINTED)

    def notice(self) -> Locator:
        """The line at the bottom that tells the annotator something."""
        return self.page.get_by_role("contentinfo")

    # On a picture.

    def draw_on(self, size: tuple[int, int] = (640, 400), **geometries: object) -> str:
        """Send a picture to draw on, boxes of cars when nothing else is asked for."""
        self.picture = size
        asked = geometries or {"box": {"objects_to_annotate": ["car", "tree"]}}
        return self.send("imageannotation", attachment=self.upload(size), geometries=asked)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the picture is on the screen, while the whole of it is shown."""
        area = self.canvas.bounding_box()
        assert area is not None
        width, height = self.picture
        scale = min(
            (area["width"] - 2 * MARGIN) / width, (area["height"] - 2 * MARGIN) / height, 64
        )
        left = area["x"] + (area["width"] - width * scale) / 2
        top = area["y"] + (area["height"] - height * scale) / 2
        return left + x * scale, top + y * scale

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one place of the picture to another."""
        mouse = self.page.mouse
        mouse.move(*self.at(*start))
        mouse.down()
        mouse.move(*self.at(*((a + b) / 2 for a, b in zip(start, end, strict=True))))
        mouse.move(*self.at(*end))
        mouse.up()

    def click(self, x: float, y: float) -> None:
        """Click at a place of the picture."""
        self.page.mouse.click(*self.at(x, y))

    @property
    def canvas(self) -> Locator:
        """The place where the picture is."""
        return self.page.get_by_role("img", name="The picture")

    def expect_shapes(self, count: int) -> None:
        """Wait until so many shapes are drawn."""
        expect(self.canvas).to_have_accessible_name(f"The picture, with {count} shapes drawn")


@contextmanager
def browsing() -> Iterator[Browser]:
    """Open Chromium, or skip the test with a word where there is none."""
    path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if path is None:
        pytest.skip("Chromium is not installed, and these tests need it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@contextmanager
def seating(name: str) -> Iterator[Seat]:
    """Serve, open a browser, and have a customer and an annotator who use them in turn."""
    with serving(name) as served, browsing() as browser:
        key = served.command("tenant", "create", "customer")["live_key"]
        annotator = served.command("annotator", "create", "anna@example.org")
        yield Seat(served, browser, (key, ""), annotator["token"])


@contextmanager
def at_desk(seat: Seat, **options: object) -> Iterator[Desk]:
    """Open a window of its own for a test, and leave no task behind for the next one."""
    context = seat.browser.new_context(**{"viewport": WIDE, **options})
    page = context.new_page()
    desk = Desk(seat.served, page, seat.auth, seat.token)
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    page.on("console", lambda m: desk.complaints.append(m.text) if m.type == "error" else None)
    try:
        yield desk
    finally:
        context.close()
        _skip_all(desk)
    assert desk.complaints == [], "the page complains of something"


def _skip_all(desk: Desk) -> None:
    held = desk.call("GET", "")["assignments"]
    while held or (held := desk.call("POST", "/take?count=8")["assignments"]):
        for one in held:
            desk.call("POST", f"/{one['assignment_id']}/skip", json={"reason": "other"})
        held = []
