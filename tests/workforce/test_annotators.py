"""An annotator is one person or model, and speaks by a token as long as they work here."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from given import NOW
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import ForeignKeyViolation

from evenhand import workforce
from evenhand.foundation.database import Tx
from evenhand.workforce.annotators import BadEmail, normal
from evenhand.workforce.tokens import SESSION, _hash


async def _anna(tx: Tx) -> workforce.NewAnnotator:
    return await workforce.create(
        tx.connection, "anna@example.org", name="Anna", kind="person", now=NOW
    )


async def test_a_token_tells_its_annotator(tx: Tx) -> None:
    made = await _anna(tx)
    assert await workforce.authenticate(tx.connection, made.token, now=NOW) == workforce.Annotator(
        annotator_id=made.annotator_id,
        email="anna@example.org",
        name="Anna",
        kind="person",
        reviewer=False,
    )
    assert made.token.startswith("ann_")


async def test_a_model_is_shown_as_a_model_and_a_reviewer_as_a_reviewer(tx: Tx) -> None:
    made = await workforce.create(
        tx.connection, "m@example.org", name="M", kind="model", reviewer=True, now=NOW
    )
    found = await workforce.authenticate(tx.connection, made.token, now=NOW)
    assert (found.kind, found.reviewer) == ("model", True)


@pytest.mark.parametrize(
    "email", ["ANNA@example.org", "  anna@Example.org\n", "\uff41nna@example.org"]
)
async def test_one_address_in_another_guise_is_the_same_annotator(tx: Tx, email: str) -> None:
    await _anna(tx)
    with pytest.raises(workforce.AnnotatorExists):
        await workforce.create(tx.connection, email, name="Anna", kind="person", now=NOW)


@pytest.mark.parametrize(
    "email",
    ["", "@", "anna", "anna@", "@example.org", "a b@example.org", "a@b@c", "a\x00@example.org",
     "a" * 320 + "@example.org"],
)  # fmt: skip
async def test_what_is_no_address_is_refused(tx: Tx, email: str) -> None:
    with pytest.raises(workforce.BadEmail):
        await workforce.create(tx.connection, email, name="X", kind="person", now=NOW)


@pytest.mark.parametrize("name", ["", "x" * 201, "a\0b"])
async def test_an_annotator_has_a_name_of_sensible_length(tx: Tx, name: str) -> None:
    with pytest.raises(workforce.BadName):
        await workforce.create(tx.connection, "a@example.org", name=name, kind="person", now=NOW)


@given(st.text(max_size=30) | st.emails())
def test_an_address_in_its_one_form_stays_as_it_is(email: str) -> None:
    try:
        once = normal(email)
    except BadEmail:
        return
    assert normal(once) == once


@pytest.mark.parametrize("token", ["", "ann_", "ann_" + "A" * 43, "\ud800", "live_x", "x" * 10_000])
async def test_an_unknown_token_is_refused(tx: Tx, token: str) -> None:
    with pytest.raises(workforce.UnknownToken):
        await workforce.authenticate(tx.connection, token, now=NOW)


async def test_the_database_holds_no_token(tx: Tx) -> None:
    made = await _anna(tx)
    cursor = await tx.connection.execute(
        "SELECT row_to_json(t)::text FROM workforce.token t WHERE annotator_id = %s",
        [made.annotator_id],
    )
    rows = await cursor.fetchall()
    assert hashlib.sha256(made.token.encode()).hexdigest() in rows[0][0]
    assert made.token[4:] not in rows[0][0]


async def test_a_session_speaks_for_its_annotator_until_the_day_is_over(tx: Tx) -> None:
    made = await _anna(tx)
    session, annotator = await workforce.open_session(tx.connection, made.token, now=NOW)
    assert session != made.token
    last = NOW + SESSION - timedelta(seconds=1)
    assert await workforce.authenticate(tx.connection, session, now=last) == annotator
    with pytest.raises(workforce.UnknownToken):
        await workforce.authenticate(tx.connection, session, now=NOW + SESSION)
    assert await workforce.authenticate(tx.connection, made.token, now=NOW + SESSION) == annotator


async def test_a_session_cannot_prolong_itself(tx: Tx) -> None:
    made = await _anna(tx)
    session, _ = await workforce.open_session(tx.connection, made.token, now=NOW)
    with pytest.raises(workforce.UnknownToken):
        await workforce.open_session(tx.connection, session, now=NOW)


async def test_a_closed_session_is_over_and_the_token_and_other_sessions_are_not(tx: Tx) -> None:
    made = await _anna(tx)
    first, annotator = await workforce.open_session(tx.connection, made.token, now=NOW)
    second, _ = await workforce.open_session(tx.connection, made.token, now=NOW)
    await workforce.close_session(tx.connection, first, now=NOW)
    await workforce.close_session(tx.connection, first, now=NOW)
    with pytest.raises(workforce.UnknownToken):
        await workforce.authenticate(tx.connection, first, now=NOW)
    for token in (second, made.token):
        assert await workforce.authenticate(tx.connection, token, now=NOW) == annotator


async def test_closing_a_session_with_the_token_itself_does_not_lock_the_annotator_out(
    tx: Tx,
) -> None:
    made = await _anna(tx)
    await workforce.close_session(tx.connection, made.token, now=NOW)
    assert await workforce.authenticate(tx.connection, made.token, now=NOW)


async def test_a_disabled_annotator_is_refused_by_token_and_by_session(tx: Tx) -> None:
    made = await _anna(tx)
    session, _ = await workforce.open_session(tx.connection, made.token, now=NOW)
    await workforce.disable(tx.connection, "Anna@example.org", now=NOW)
    for token in (made.token, session):
        with pytest.raises(workforce.UnknownToken):
            await workforce.authenticate(tx.connection, token, now=NOW)


async def test_a_token_made_after_the_end_is_refused_too(tx: Tx) -> None:
    made = await _anna(tx)
    await workforce.disable(tx.connection, "anna@example.org", now=NOW)
    later = await workforce.issue_token(tx.connection, made.annotator_id, now=NOW)
    with pytest.raises(workforce.UnknownToken):
        await workforce.authenticate(tx.connection, later, now=NOW)


async def test_everyone_who_still_works_here_is_listed_by_address(tx: Tx) -> None:
    for name in ("ben", "anna", "carl"):
        await workforce.create(
            tx.connection, f"{name}@example.org", name=name, kind="person", now=NOW
        )
    await workforce.disable(tx.connection, "carl@example.org", now=NOW)
    assert [one.name for one in await workforce.everyone(tx.connection)] == ["anna", "ben"]


async def test_disabling_somebody_unknown_says_so(tx: Tx) -> None:
    with pytest.raises(workforce.UnknownAnnotator):
        await workforce.disable(tx.connection, "nobody@example.org", now=NOW)


async def test_a_second_token_works_beside_the_first(tx: Tx) -> None:
    made = await _anna(tx)
    second = await workforce.issue_token(tx.connection, made.annotator_id, now=NOW)
    for token in (made.token, second):
        found = await workforce.authenticate(tx.connection, token, now=NOW)
        assert found.annotator_id == made.annotator_id


async def test_a_token_belongs_to_somebody(tx: Tx) -> None:
    with pytest.raises(ForeignKeyViolation):
        await workforce.issue_token(tx.connection, uuid4(), now=NOW)


def test_tokens_have_unlike_hashes() -> None:
    assert _hash("ann_a") != _hash("ann_b")
