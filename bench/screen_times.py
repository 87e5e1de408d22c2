"""What an annotator waits for: from the press that hands an answer in to the next task painted.

A real workbench in headless Chromium, against a real server on loopback. The page tells itself: the
moment of the press is that of the event, the moment of paint is after the frame in which the next
task stands in the page and, for a picture, its pixels are decoded.
"""

from __future__ import annotations

import io
import json
import shutil
import statistics
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.evenhand_server import EvenhandServer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TEXT_MS_MAX = 32.0
PICTURE_MS_MAX = 50.0
PICTURE_SIDE = 1600
# Between answers, as whoever reads a line and presses a key: what is fetched ahead has its time.
LOOK_MS = 700
LEFT_OUT = 3  # the first ones, while the browser compiles

_WATCH = """
window.times = [];
addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.isTrusted) return;
  const shown = () => document.querySelector("main p[dir=auto], main img, main canvas");
  const name = (one) => one && (one.textContent || one.src || one);
  const before = name(shown());
  const look = () => {
    const now = shown();
    if (!now || name(now) === before || (now.tagName === "IMG" && !now.complete)) {
      return requestAnimationFrame(look);
    }
    // After the paint of this frame.
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.times.push(performance.now() - event.timeStamp);
    channel.port2.postMessage(0);
  };
  requestAnimationFrame(look);
}, { capture: true });
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds from the press to the paint, and what was promised."""

    kind: str
    milliseconds: list[float]
    promised: float

    @property
    def p95(self) -> float:
        """What nineteen of twenty stay below."""
        return statistics.quantiles(self.milliseconds, n=20)[-1]

    @property
    def is_kept(self) -> bool:
        """Whether that is what was promised."""
        return self.p95 <= self.promised

    def line(self) -> str:
        """The figures in words."""
        middle = statistics.median(self.milliseconds)
        kept = "kept" if self.is_kept else "missed"
        return (
            f"{self.kind}: submit → next painted, {len(self.milliseconds)} times: "
            f"p50 {middle:.1f} ms, p95 {self.p95:.1f} ms "
            f"(promised {self.promised:.0f} ms: {kept})"
        )


def measure(folder: Path, tasks: int, say: Callable[[str], None]) -> list[Times]:
    """Answer so many tasks of texts, then of pictures, and tell how long each took to follow."""
    # Others use the benchmarks without a browser.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise SystemExit("Chromium is not installed, and this needs it: `.ci/run` installs it.")
    server = EvenhandServer(folder)
    server.start()
    found: list[Times] = []
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            for kind, promised in (("text", TEXT_MS_MAX), ("picture", PICTURE_MS_MAX)):
                target = server.target(f"screen-{kind}", 1)
                call = _caller(target.port, target.key)
                _send(call, kind, tasks + LEFT_OUT + 1)
                page = chromium.new_context(viewport={"width": 1400, "height": 900}).new_page()
                page.add_init_script(_WATCH)
                page.goto(f"http://127.0.0.1:{target.port}/sign-in#token={target.annotators[0]}")
                times = _answered(page, tasks + LEFT_OUT)[LEFT_OUT:]
                found.append(Times(kind=kind, milliseconds=times, promised=promised))
                say(found[-1].line())
                page.context.close()
            chromium.close()
    finally:
        server.stop()
    return found


def _answered(page: Page, count: int) -> list[float]:
    page.get_by_role("button", name="Submit").wait_for()
    for done in range(1, count + 1):
        page.wait_for_timeout(LOOK_MS)
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        page.wait_for_function("(count) => window.times.length >= count", arg=done)
    times: list[float] = page.evaluate("window.times")
    return times


def _caller(port: int, key: str) -> Callable[[str, bytes, str], Any]:
    def call(path: str, body: bytes, kind: str) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            data=body,
            headers={"Content-Type": kind, "Authorization": f"Bearer {key}"},
        )
        with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310 - loopback
            return json.load(reply)

    return call


def _send(call: Callable[[str, bytes, str], Any], kind: str, count: int) -> None:
    for number in range(count):
        shown = f"Text number {number}. " + "A line of words to read. " * 20
        if kind == "picture":
            shown = call("/v1/files/upload", *_form(_picture(number)))["attachment_url"]
        task = {
            "attachment": shown,
            "attachment_type": "image" if kind == "picture" else "text",
            "categories": ["cat", "dog"],
            "instruction": "Look **closely**, then choose.",
            "callback_url": "http://127.0.0.1:9/none",
        }
        call("/v1/task/categorization", json.dumps(task).encode(), "application/json")


def _picture(number: int) -> bytes:
    from PIL import Image  # noqa: PLC0415 - with the development environment alone

    content = io.BytesIO()
    noise = Image.effect_noise((PICTURE_SIDE, PICTURE_SIDE * 3 // 4), 40 + number % 7)
    noise.convert("RGB").save(content, "JPEG", quality=88)
    return content.getvalue()


def _form(content: bytes) -> tuple[bytes, str]:
    mark = "evenhand-bench"
    head = (
        f"--{mark}\r\nContent-Disposition: form-data; name=file; filename=a.jpg\r\n"
        "Content-Type: image/jpeg\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
    return body, f"multipart/form-data; boundary={mark}"


def all_kept(found: Sequence[Times]) -> bool:
    """Whether every promise was kept."""
    return all(times.is_kept for times in found)
