"""The report: its figures are those of the parts, and no name can break the page."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality.crowd import crowd
from quality.crowd_sets import FILES

from evenhand.quality.agreement import agreement
from evenhand.quality.report import Report, plain, project_report, render, to_json
from evenhand.quality.report.markup import element, text

HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</style></title><b>",
    "a & b", "'; style='x", "\u202egnp.exe\x00\x08",
)  # fmt: skip


class Page(HTMLParser):
    """Collects what a browser would see: elements, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def table_of(name: str) -> tuple[dict[str, list], dict[str, str]]:
    (tasks, annotators, labels), truth = crowd(name, FILES[name])
    return {"task": tasks, "annotator": annotators, "label": labels}, truth


def small(names: tuple[str, ...] = ("cat", "dog")) -> dict[str, list]:
    """Forty tasks of five votes, of which one annotator in five guesses."""
    chance = np.random.default_rng(1)
    rows = [
        (f"t{task}", who, names[(task if who or chance.random() < 0.5 else task + 1) % len(names)])
        for task in range(40)
        for who in range(5)
    ]
    return {
        "task": [row[0] for row in rows],
        "annotator": [f"annotator {row[1]}" for row in rows],
        "label": [row[2] for row in rows],
    }


def test_the_headline_is_what_the_parts_say():
    table, truth = table_of("D_PosSent")
    report = project_report(table, method="dawid-skene", gold=truth, cost=0.05)
    figures = {figure.name: figure for figure in report.figures}
    assert report.votes == 20_000
    assert figures["Accuracy"].value == pytest.approx(0.96, abs=0.002)
    assert figures["Accuracy"].lower < 0.96 < figures["Accuracy"].upper
    assert figures["Agreement (alpha)"].value == agreement(table).value
    assert figures["Cost"].value == pytest.approx(1000)
    assert [row.skill for row in report.workers] == sorted(
        (row.skill for row in report.workers), reverse=True
    )
    assert report.confused is not None
    assert all(sum(row) == pytest.approx(1) for row in report.confused.shares)


def test_more_labels_a_task_cost_more_and_are_more_often_right():
    table, truth = table_of("D_PosSent")
    report = project_report(table, method="dawid-skene", gold=truth, cost=0.05)
    assert report.curve is not None
    points = report.curve.points
    assert [point.labels_per_task for point in points][:2] == [1, 3]
    assert points[-1].accuracy == pytest.approx(0.96, abs=0.002)
    assert points[-1].accuracy > points[1].accuracy + 0.05 > points[0].accuracy + 0.05
    assert points[-1].cost == pytest.approx(1000)
    assert points[0].labels == 1000


def test_without_gold_accuracy_is_that_which_the_votes_expect():
    table, _ = table_of("D_PosSent")
    report = project_report(table, method="dawid-skene")
    expected = report.figures[0]
    assert expected.name == "Expected accuracy"
    assert report.curve is not None
    assert "probable" in report.curve.basis
    # Dawid and Skene are a little too sure of themselves.
    assert 0.94 <= expected.value <= 1


def test_gold_is_not_learnt_before_it_is_held_against_the_votes():
    table, truth = table_of("Dog")
    wrong = {task: str((int(label) + 1) % 4) for task, label in list(truth.items())[:60]}
    report = project_report(table, method="dawid-skene", gold=truth | wrong)
    found = {finding.task for finding in report.findings if finding.check == "gold label error"}
    assert len(found & wrong.keys()) >= 45
    delivered = project_report(table, method="dawid-skene", delivered=truth | wrong)
    assert {one.task for one in delivered.findings if one.check == "label error"} == found


def test_times_of_the_rows_reach_the_checks_in_whatever_order_they_come():
    table, _ = table_of("D_PosSent")
    rows = len(table["task"])
    fast = {name for name in set(table["annotator"]) if name in {"43", "74"}}
    chance = np.random.default_rng(5)
    seconds = np.exp(chance.normal(2.3, 0.4, rows))
    seconds[[name in fast for name in table["annotator"]]] = 0.5
    late = chance.permutation(rows)
    turned = {name: [column[row] for row in late] for name, column in table.items()}
    turned |= {"seconds": seconds[late], "at": np.arange(rows)}
    report = project_report(turned, method="majority")
    found = {one.annotators[0] for one in report.findings if one.check == "too fast"}
    assert found == fast


def test_the_report_does_not_depend_on_the_order_of_rows():
    table = small()
    late = np.random.default_rng(2).permutation(len(table["task"]))
    turned = {name: [column[row] for row in late] for name, column in table.items()}
    one, other = (project_report(rows, method="dawid-skene") for rows in (table, turned))
    assert plain(one) == plain(other)


def test_json_says_what_the_report_says():
    report = project_report(small(), method="dawid-skene", delivered={"t0": "dog"})
    read = json.loads(to_json(report))
    assert read == plain(report)
    assert read["tasks"] == 40
    assert read["agreement"]["value"] == report.agreement.value
    assert read["findings"][0]["task"] == "t0"


def test_spans_have_a_report_too():
    spans = {
        "task": [1, 1, 2, 2],
        "annotator": ["a", "b", "a", "b"],
        "label": [[{"start": 0, "end": 4, "label": "x"}], [{"start": 3, "end": 9, "label": "x"}]]
        * 2,
    }
    report = project_report(spans)
    assert report.kind == "spans"
    assert report.agreement == agreement(spans)
    assert report.curve is None
    assert len(report.workers) == 2
    assert "not checked" in render(report)


def test_a_project_without_a_second_vote_says_that_agreement_is_undefined():
    table = {"task": [1, 2, 3], "annotator": ["a", "b", "a"], "label": ["x", "y", "x"]}
    report = project_report(table, method="majority")
    assert report.agreement.value is None
    assert report.curve is not None
    assert not report.curve.points
    assert "undefined" in render(report)


@pytest.fixture(scope="module")
def hostile() -> Report:
    table = small(HOSTILE)
    table["annotator"] = [
        f"{name}{HOSTILE[row % 5]}" for row, name in enumerate(table["annotator"])
    ]
    wrong = {f"t{number}": HOSTILE[(number + 1) % len(HOSTILE)] for number in range(6)}
    return project_report(table, method="majority", delivered=wrong)


def test_hostile_names_are_text_and_nothing_else(hostile: Report):
    page = Page(render(hostile, title=HOSTILE[0]))
    assert not page.open
    allowed = {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "dl", "dt",
        "dd", "div", "svg", "text", "line", "circle", "rect", "polyline", "table", "thead", "tbody",
        "tr", "th", "td", "bdi", "details", "summary", "ul", "li", "span",
    }  # fmt: skip
    assert set(page.elements) <= allowed
    names = {name for name, _ in page.attributes}
    assert not any(name.startswith("on") or name in {"style", "src", "href"} for name in names)
    assert HOSTILE[0] in "".join(page.words)
    assert not set("\u202e\x00\x08") & set("".join(page.words))


def test_the_page_allows_nothing_but_its_own_style(hostile: Report):
    page = render(hostile)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert "default-src &#x27;none&#x27;" in policy[1]
    assert "unsafe" not in policy[1]
    assert page.count("<style>") == 1


def test_every_picture_has_words(hostile: Report):
    page = Page(render(hostile))
    pictures = page.elements.count("svg")
    assert pictures >= 4
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert len(labels) == pictures
    assert all(label and len(label) > 20 for label in labels)


@given(words=st.text(max_size=40))
@settings(max_examples=200)
def test_any_text_comes_back_as_text(words: str):
    page = Page(element("p", {"title": words}, words, element("b", None, words)))
    shown = "".join(page.words)
    assert page.elements == ["p", "b"]
    assert "<" not in text(words)
    assert shown.count("\ufffd") >= 2 * sum(letter in "\x00\u202e" for letter in words)
    # What a page may have comes back as it was; a return is one to a browser as to us.
    if words.isprintable():
        assert shown == words * 2


def test_what_could_run_or_fetch_is_refused():
    for name in ("onclick", "style", "href", "src"):
        with pytest.raises(AssertionError):
            element("p", {name: "x"})
