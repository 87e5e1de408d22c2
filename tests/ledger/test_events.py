"""Events are types: each says what it tells, in one form, and the page tells of all of them."""

from collections import Counter
from typing import get_type_hints
from uuid import UUID

import msgspec
import pytest
from shelves import ROOT

from evenhand.ledger import events, events_page

EVENTS = list(events_page.kinds())


def test_the_page_is_what_the_types_say() -> None:
    told = (ROOT / events_page.PAGE).read_text(encoding="utf-8")
    assert told == events_page.page(), "`uv run python -m evenhand.ledger.events_page` writes it"


def test_no_two_events_are_of_one_kind() -> None:
    kinds = Counter(event.__struct_config__.tag for event in EVENTS)
    assert kinds.most_common(1)[0][1] == 1


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_an_event_is_frozen_named_and_flat(event: type[events.Event]) -> None:
    assert event.__struct_config__.frozen
    assert event.__struct_config__.omit_defaults
    assert "." in str(event.__struct_config__.tag)
    assert (event.__doc__ or "").strip().endswith(".")
    names = {field.name for field in msgspec.structs.fields(event)}
    assert not names & {"kind", "at"}, "an event has one kind and one time"
    # Lists would have no bound, and objects no one place in the page.
    told = " ".join(str(hint) for name, hint in get_type_hints(event).items() if name in names)
    assert not {"list", "dict", "Sequence", "Mapping", "tuple"} & set(told.split("."))


def test_content_is_told_by_its_digest() -> None:
    assert events.digest_of("ab") != events.digest_of(["a", "b"]) == events.digest_of("a\nb")
    assert events.digest_of({"b": 1, "a": 2}) == events.digest_of({"a": 2, "b": 1})
    event = events.BatchMetadataSet(batch_id=UUID(int=1), sha256=events.digest_of({"a": 1}))
    assert len(event.sha256) == 64
