"""How long the workbench takes to open a task with a thousand boxes, in a browser without a screen.

From the key that hands in the task before to the frame in which the boxes are seen, the next task
being in hand already, as it is for annotators. Frames are told by the browser itself.
"""

from __future__ import annotations

import io
import shutil
import statistics
from typing import TYPE_CHECKING, Any

import requests
from PIL import Image
from playwright.sync_api import sync_playwright

from bench.evenhand_server import EvenhandServer
from bench.report import Bar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import Page

    from bench.target import Target

OPEN_MS_MAX = 250.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CALL_SECONDS_MAX = 30
# An annotator may hold eight; the first is only there to be handed in.
HELD = 8
PICTURE = (1_280, 800)
PAINTED = """() => {
  window.opened = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const before = document.querySelector("[role=img] > canvas");
    const look = () => {
      const now = document.querySelector("[role=img] > canvas");
      if (!now || now === before) return requestAnimationFrame(look);
      // After the frame that shows it has been put together.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.opened.push(performance.now() - event.timeStamp);
      requestAnimationFrame(() => port2.postMessage(0));
    };
    requestAnimationFrame(look);
  }, true);
}"""


def measure(folder: Path, boxes: int) -> list[float]:
    """Open seven tasks with so many boxes, and return the milliseconds of each."""
    server = EvenhandServer(folder)
    server.start()
    try:
        target = server.target("boxes", 1)
        _lend(target, boxes)
        return _open_all(target)
    finally:
        server.stop()


def bar(opened: Sequence[float]) -> Bar:
    """Say whether a task opens in time."""
    middle = statistics.median(opened)
    return Bar(
        f"the median task of many boxes opens in {OPEN_MS_MAX:.0f} ms",
        middle,
        middle <= OPEN_MS_MAX,
    )


def _lend(target: Target, boxes: int) -> None:
    """Create tasks, and let the annotator hold them with so many boxes drawn."""
    origin = f"http://127.0.0.1:{target.port}"
    content = io.BytesIO()
    Image.effect_noise(PICTURE, 60).convert("RGB").save(content, "JPEG")
    file = {"file": ("picture.jpg", content.getvalue(), "image/jpeg")}
    auth = (target.key, "")
    kept = _call("POST", f"{origin}/v1/files/upload", files=file, auth=auth)
    geometries = {"box": {"objects_to_annotate": ["car", "tree"]}}
    body = {"attachment": kept["attachment_url"], "geometries": geometries}
    for _ in range(HELD):
        _call("POST", f"{origin}/v1/task/imageannotation", json=body, auth=auth)
    headers = {"Authorization": f"Bearer {target.annotators[0]}"}
    drawn = {"response": {"annotations": [_box(n) for n in range(boxes)]}, "version": 0}
    for _ in range(HELD):
        lent = _call("POST", f"{origin}/api/assignments/next", headers=headers)
        draft = f"{origin}/api/assignments/{lent['assignment_id']}/draft"
        _call("PUT", draft, json=drawn, headers=headers)


def _box(number: int) -> dict[str, object]:
    across = PICTURE[0] // 20
    left, top = number % across * 20, number // across * 20 % (PICTURE[1] - 20)
    label = ("car", "tree")[number % 2]
    return {"type": "box", "label": label, "left": left, "top": top, "width": 15, "height": 14}


def _call(method: str, url: str, **options: Any) -> dict[str, Any]:
    reply = requests.request(method, url, timeout=CALL_SECONDS_MAX, **options)
    reply.raise_for_status()
    return reply.json()


def _open_all(target: Target) -> list[float]:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise SystemExit("Chromium is not installed, and this measure needs it.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_context(viewport={"width": 1400, "height": 900}).new_page()
        page.goto(f"http://127.0.0.1:{target.port}/sign-in#token={target.annotators[0]}")
        page.get_by_role("img", name="The picture").wait_for()
        page.evaluate(PAINTED)
        for _ in range(HELD - 1):
            _submit(page)
        opened = page.evaluate("window.opened")
        chromium.close()
    return opened


def _submit(page: Page) -> None:
    # The tasks behind have their pictures unpacked meanwhile, as they have for an annotator.
    page.wait_for_timeout(1_500)
    with page.expect_response("**/submit*"):
        page.keyboard.press("Control+Enter")
