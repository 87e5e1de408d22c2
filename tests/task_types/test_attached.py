"""What cannot be fetched is refused when it is sent, in words, whichever task would show it."""

from collections.abc import Callable

import pytest

from evenhand.task_types import InvalidParams, task_type

Params = dict[str, object]
SIGNED = "https://example.com/a%2Fb%27.png?X-Amz-Credential=AKIA%2F1&sig=a@b"

# Each place in which a task may name what it shows.
PLACES: dict[str, tuple[str, Callable[[str], Params]]] = {
    "categorization": (
        "categorization",
        lambda url: {"attachment": url, "attachment_type": "image", "categories": ["a", "b"]},
    ),
    "categorization of several": (
        "categorization",
        lambda url: {"attachments": [{"type": "audio", "content": url}], "categories": ["a", "b"]},
    ),
    "comparison": (
        "comparison",
        lambda url: {"attachments": [SIGNED, url], "attachment_type": "video", "choices": ["a"]},
    ),
    "transcription": (
        "transcription",
        lambda url: {"attachment": url, "attachment_type": "pdf", "fields": {"a": "b"}},
    ),
    "textcollection": (
        "textcollection",
        lambda url: {
            "attachments": [{"type": "website", "content": url}],
            "fields": [{"field_id": "a", "type": "TextField", "title": "b"}],
        },
    ),
    "imageannotation": (
        "imageannotation",
        lambda url: {"attachment": url, "geometries": {"box": {"objects_to_annotate": ["a"]}}},
    ),
    "context of imageannotation": (
        "imageannotation",
        lambda url: {
            "attachment": SIGNED,
            "geometries": {"box": {"objects_to_annotate": ["a"]}},
            "context_attachments": [{"attachment": url}],
        },
    ),
}
places = pytest.mark.parametrize("place", PLACES)


def parsed(place: str, url: str) -> Params:
    name, params = PLACES[place]
    return task_type(name).parse_params(params(url))


@places
@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket/a.png", "gs://bucket/a.png", "az://box/a.png", "ftp://host/a.png",
        "sftp://host/a", "file:///etc/passwd", "S3://bucket/a.png", "gopher://host/a",
        "javascript://host/%0aalert(1)", "ScaleData://0", "ws://host/a", "data://host/a",
    ],
)  # fmt: skip
def test_a_url_that_is_not_of_the_web_is_refused_with_what_to_send_instead(place: str, url: str):
    with pytest.raises(InvalidParams, match=r"cannot fetch|absolute URL") as caught:
        parsed(place, url)
    assert "ttachment" in caught.value.at
    assert "URL" in caught.value.hint


@places
@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@example.com/a.png",
        "https://secret@example.com/a.png",
        "http://:secret@example.com/a.png",
        "HTTPS://user:secret@example.com:8443?a",
        "ftp://user:secret@example.com/a.png",
        "s3://secret:secret@bucket/a.png",
        "https://user:se@cret@example.com/secret",
    ],
)
def test_a_url_with_a_password_is_refused_and_the_password_not_told(place: str, url: str):
    with pytest.raises(InvalidParams) as caught:
        parsed(place, url)
    assert "secret" not in str(caught.value)


@places
@pytest.mark.parametrize(
    "url",
    [
        SIGNED, "https://example.com", "HTTP://EXAMPLE.com/a", "https://example.com/@a:b@c",
        "https://example.com?a=b:c@d", "https://example.com#a@b", "https://[::1]:8080/a",
        "scaledata://0195", "https://例え.jp/絵.png",
    ],
)  # fmt: skip
def test_a_url_of_the_web_or_of_a_stored_file_is_taken_and_kept_to_the_letter(place: str, url: str):
    assert url in task_type(PLACES[place][0]).attachments(parsed(place, url))
