"""An error is a kind, a name and a sentence, and logs carry no secret."""

import json

import pytest

from evenhand.foundation.errors import Conflict, EvenhandError, NotFound
from evenhand.foundation.sql import beside
from evenhand.foundation.telemetry import blot_secrets


class LateTide(Conflict):
    """The tide came late."""


def test_the_docstring_is_the_message_and_details_are_kept() -> None:
    error = LateTide(hours=2)
    assert (str(error), error.status, error.details) == ("The tide came late.", 409, {"hours": 2})


def test_a_message_of_its_own_takes_the_place_of_the_docstring() -> None:
    assert str(NotFound("No such tide.")) == "No such tide."


def test_every_kind_has_a_status_of_its_own() -> None:
    statuses = [kind.status for kind in EvenhandError.__subclasses__()]
    assert len(set(statuses)) == len(statuses)


@pytest.mark.parametrize("name", ["token", "live_key", "authorization", "database_url"])
def test_secrets_do_not_reach_a_log(name: str) -> None:
    shown = blot_secrets(None, "info", {"event": "x", name: "hush", "task_id": "t"})
    assert "hush" not in json.dumps(shown)
    assert shown["task_id"] == "t"


def test_statements_are_found_by_name_beside_the_code(tmp_path) -> None:
    (tmp_path / "queries.sql").write_text(
        "-- A part.\n\n-- name: one\n-- Why.\nSELECT 1;\n\n-- name: two\nSELECT 2;\n"
    )
    found = beside(str(tmp_path / "module.py"))
    assert found == {"one": "SELECT 1;\n\n", "two": "SELECT 2;\n"}
