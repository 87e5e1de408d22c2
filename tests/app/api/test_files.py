"""A tenant's file as an annotator's browser gets it: shown where that is safe, else only saved."""

import os
from contextlib import ExitStack

import pytest
import requests
from app.api.workbench import Workbench, is_problem

from evenhand.app.context import DOWNLOADS_A_READER
from evenhand.datasets.sniffing import is_picture, mime_type_of

HTML = b"<!doctype html><script>fetch('/api/me')</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def _shown(workbench: Workbench, name: str, content: bytes, **headers: str) -> requests.Response:
    kind = "image" if is_picture(mime_type_of(content)) else "website"
    workbench.send(attachment=workbench.upload(name, content), attachment_type=kind)
    (path,) = workbench.take()["files"].values()
    return workbench.call("GET", path.removeprefix("/api"), headers=headers)


def _sandboxed(reply: requests.Response) -> bool:
    policy = reply.headers["content-security-policy"]
    return (
        "default-src 'none'" in policy
        and "sandbox" in policy
        and "allow-scripts" not in policy
        and reply.headers["x-content-type-options"] == "nosniff"
    )


def test_a_picture_is_shown_in_place_and_nothing_is_guessed_about_it(workbench, picture):
    reply = _shown(workbench, "picture.png", picture)
    assert reply.content == picture
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["content-disposition"] == "inline"
    assert _sandboxed(reply)
    assert "private" in reply.headers["cache-control"]


@pytest.mark.parametrize(
    ("name", "content"), [("page.html", HTML), ("picture.svg", SVG), ("picture.png", HTML)]
)
def test_what_a_browser_would_run_is_only_saved(workbench, name, content):
    reply = _shown(workbench, name, content)
    assert reply.content == content
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["content-disposition"] == "attachment"
    assert _sandboxed(reply)


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_range_is_that_part_of_the_file_as_it_is(workbench, picture, encoding):
    workbench.send(attachment=workbench.upload("p.png", picture), attachment_type="image")
    (path,) = workbench.take()["files"].values()
    path = path.removeprefix("/api")
    for asked, start, end in [
        ("bytes=0-9", 0, 10),
        (f"bytes={len(picture) - 5}-", len(picture) - 5, len(picture)),
        ("bytes=10-99999999", 10, len(picture)),
    ]:
        reply = workbench.call("GET", path, headers={"Range": asked, "Accept-Encoding": encoding})
        assert reply.status_code == 206
        assert "content-encoding" not in reply.headers
        assert reply.content == picture[start:end]
        assert reply.headers["content-range"] == f"bytes {start}-{end - 1}/{len(picture)}"
        assert reply.headers["content-length"] == str(end - start)
        assert _sandboxed(reply)


def test_a_range_past_the_end_is_refused_with_the_size(workbench, picture):
    reply = _shown(workbench, "p.png", picture, Range=f"bytes={len(picture)}-")
    assert is_problem(reply, 416, "range-outside")
    assert reply.json()["size"] == len(picture)


@pytest.mark.parametrize("asked", ["bytes=a-b", "bytes=5-2", "lines=1-2", "bytes=0-1,4-5", ""])
def test_a_range_that_makes_no_sense_never_breaks_the_server(workbench, picture, asked):
    reply = _shown(workbench, "p.png", picture, Range=asked)
    assert reply.status_code in (200, 416)


@pytest.mark.parametrize("number", ["1", "99999999999999999999", "-1"])
def test_an_attachment_that_is_not_there_is_not_found(workbench, picture, number):
    workbench.send(attachment=workbench.upload("p.png", picture), attachment_type="image")
    handle = workbench.take()["assignment_id"]
    assert is_problem(
        workbench.call("GET", f"/assignments/{handle}/files/{number}"), 404, "not-found"
    )


def test_files_are_closed_when_the_task_is_handed_in(workbench, picture):
    workbench.send(attachment=workbench.upload("p.png", picture), attachment_type="image")
    lent = workbench.take()
    (path,) = lent["files"].values()
    assert workbench.submit(lent["assignment_id"]).status_code == 200
    reply = workbench.call("GET", path.removeprefix("/api"))
    assert is_problem(reply, 409, "lease-lost")


def test_a_file_whose_storage_is_away_is_503_before_anything_of_it_is_sent(
    served, workbench, picture
):
    workbench.send(attachment=workbench.upload("p.png", picture), attachment_type="image")
    (path,) = workbench.take()["files"].values()
    path = path.removeprefix("/api")
    folder = served.data / "files"
    aside = folder.rename(folder.with_name("aside"))
    folder.write_bytes(b"")
    try:
        refused = workbench.call("GET", path)
    finally:
        folder.unlink()
        aside.rename(folder)
    assert is_problem(refused, 503, "storage-unreachable")
    assert refused.headers["retry-after"] == "1"
    assert workbench.call("GET", path).content == picture


def test_readers_who_take_nothing_hold_their_own_places_alone(workbench, other_workbench):
    large = os.urandom(12_000_000)
    workbench.send(attachment=workbench.upload("large.bin", large), attachment_type="website")
    (path,) = workbench.take()["files"].values()
    path = path.removeprefix("/api")
    with ExitStack() as stack:
        for _ in range(DOWNLOADS_A_READER):
            reply = workbench.call("GET", path, stream=True)
            assert reply.status_code == 200
            stack.callback(reply.close)
        with pytest.raises(requests.Timeout):
            requests.get(
                f"{workbench.origin}/api{path}",
                headers={"Authorization": f"Bearer {workbench.person.token}"},
                timeout=1,
            )
        other_workbench.send(
            attachment=other_workbench.upload("p.bin", b"small"), attachment_type="website"
        )
        (theirs,) = other_workbench.take()["files"].values()
        assert other_workbench.call("GET", theirs.removeprefix("/api")).content == b"small"
    assert workbench.call("GET", path).content == large
