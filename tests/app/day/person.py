"""A customer who sends tasks, and people who work on them in browsers."""

import time
from dataclasses import dataclass, field
from typing import Any

import requests
from app.served import Served
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

SETTLE_SECONDS_MAX = 30
# A press counts once its task has been on the screen for a moment.
LOOKED_MS = 450
# Nobody presses a key for what was not painted yet; a test can.
PAINTED_MS = 60


@dataclass(frozen=True, slots=True)
class Customer:
    """Whoever sends tasks and reads what became of them."""

    served: Served
    auth: tuple[str, str]

    def call(self, method: str, path: str, **sent: Any) -> dict:
        reply = requests.request(
            method, f"{self.served.origin}{path}", auth=self.auth, timeout=30, **sent
        )
        assert reply.status_code == 200, reply.text
        return reply.json()

    def send(self, kind: str, **params: Any) -> str:
        body = {"callback_url": "http://127.0.0.1:9/none", **params}
        return self.call("POST", f"/v1/task/{kind}", json=body)["task_id"]

    def ask(self, text: str, *choices: str, **more: Any) -> str:
        """Have a text put into one of some categories."""
        asked = {"attachment": text, "attachment_type": "text", "categories": list(choices)}
        return self.send("categorization", **{**asked, **more})

    def lines(self, *texts: str, **more: Any) -> list[str]:
        """Have texts written down, one field each."""
        asked = {"attachment_type": "text", "fields": {"line": "The line"}, **more}
        return [self.send("transcription", attachment=text, **asked) for text in texts]

    def project(self, name: str, kind: str, **policy: Any) -> None:
        body = {"name": name, "type": kind, "policy": policy}
        self.call("POST", "/v1/projects", json=body)

    def response(self, task_id: str) -> dict:
        """What the customer receives, as soon as it is there."""
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while time.monotonic() < deadline:
            task = self.call("GET", f"/v1/task/{task_id}")
            if task["status"] == "completed":
                return task["response"]
            time.sleep(0.1)
        raise AssertionError(f"{task_id} was not completed: {task}")


@dataclass(slots=True)
class Person:
    """An annotator, with one browser or several."""

    served: Served
    browser: Browser
    token: str
    page: Page = field(init=False)
    context: BrowserContext = field(init=False)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.another_browser()

    @property
    def link(self) -> str:
        return f"{self.served.origin}/sign-in#token={self.token}"

    def another_browser(self, **settings: Any) -> None:
        """Sit down at another browser, which knows nothing of the first."""
        size = {"width": 1400, "height": 900}
        self.context = self.browser.new_context(**{"viewport": size, **settings})
        self.another_page()

    def another_page(self) -> None:
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda m: m.type == "error" and self.complaints.append(m.text))

    def sign_in(self) -> None:
        self.page.goto(self.link)
        self.wait_for_task()

    def reload(self) -> None:
        self.page.reload()
        self.wait_for_task()

    def reload_empty(self) -> None:
        """Reload where no task is left."""
        self.page.reload()
        self.page.get_by_role("button", name="Answers").wait_for()
        self.look()

    def wait_for_task(self) -> None:
        self.submit_button.wait_for()
        self.look()

    def look(self) -> None:
        """Look at a task for a moment, as whoever answers it does."""
        self.page.wait_for_timeout(LOOKED_MS)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def submit(self, *, done: int) -> None:
        """Submit, and wait until the page counts it as the n-th task done."""
        self.look()
        self.press("Control+Enter")
        self.has_done(done)

    def has_done(self, count: int) -> None:
        expect(self.page.locator("dt:text-is('Done') + dd")).to_have_text(str(count))

    def sees(self, text: str) -> None:
        expect(self.page.locator("main p[dir=auto]")).to_have_text(text)

    def tells(self, text: str) -> None:
        expect(self.page.get_by_role("contentinfo")).to_contain_text(text)

    @property
    def submit_button(self) -> Locator:
        return self.page.get_by_role("button", name="Submit")

    @property
    def chosen(self) -> Locator:
        return self.page.locator("[aria-label^=Choose] button[aria-pressed=true]")

    @property
    def field(self) -> Locator:
        return self.page.get_by_label("The line")

    def at_api(self, method: str, path: str, **sent: Any) -> requests.Response:
        """Call the workbench's API beside the page, by the same person's token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.served.origin}/api{path}"
        return requests.request(method, url, headers=headers, timeout=30, **sent)
