"""What others are and do changes no answer to a tenant; and a leak that is planted is found."""

import re
from pathlib import Path

import psycopg
import pytest
from bench.worlds import moves, trial
from given import Database

from evenhand.app.api import API_ROUTER
from evenhand.app.scale import SCALE_ROUTER

SEQUENCES = 30
FOUND_WITHIN = 60

# Each is a mistake that could be made in a migration, and tells one tenant of another.
LEAKS = {
    "a name that is taken by somebody else's project": (
        "CREATE UNIQUE INDEX leak ON work.project (name, is_test)"
    ),
    "a counter that all tenants share": """
        CREATE SEQUENCE work.leak;
        GRANT USAGE ON SEQUENCE work.leak TO evenhand_app;
        CREATE FUNCTION work.leak() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.metadata_ordered := json_build_object('number', nextval('work.leak'));
            RETURN NEW;
        END $$;
        CREATE TRIGGER leak BEFORE INSERT ON work.task
            FOR EACH ROW EXECUTE FUNCTION work.leak()""",
    "a rival that must be a customer": """
        CREATE FUNCTION walls.leak() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM tenants.party WHERE party_key = NEW.other_key) THEN
                NEW.cooling_off_days := 7;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER leak BEFORE INSERT ON walls.declaration
            FOR EACH ROW EXECUTE FUNCTION walls.leak()""",
    "a count of everybody's files": """
        CREATE FUNCTION datasets.leak() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            NEW.metadata_ordered :=
                json_build_object('files', (SELECT count(*) FROM datasets.file));
            RETURN NEW;
        END $$;
        CREATE TRIGGER leak BEFORE INSERT ON datasets.file
            FOR EACH ROW EXECUTE FUNCTION datasets.leak()""",
}


@pytest.fixture
def found() -> trial.Compared:
    return trial.Compared()


async def test_a_tenant_is_answered_the_same_whatever_others_are_and_do(
    database: Database, another_database: Database, tmp_path: Path, found: trial.Compared
) -> None:
    pair = database.app, another_database.app
    await trial.trial(pair, tmp_path, found, sequences=SEQUENCES, seed="suite")
    assert found.differences == []
    assert found.broken == []
    assert found.statuses[200] > SEQUENCES
    assert len(found.endpoints) > len(moves.ENDPOINTS) // 2


@pytest.mark.parametrize("leak", LEAKS)
async def test_a_planted_leak_is_found(
    database: Database, another_database: Database, tmp_path: Path, found: trial.Compared, leak: str
) -> None:
    for one in (database, another_database):
        with psycopg.connect(one.admin) as superuser:
            superuser.execute(LEAKS[leak].encode())
    pair = database.app, another_database.app
    found.differences_max = 1
    await trial.trial(pair, tmp_path, found, sequences=FOUND_WITHIN, seed="leaks")
    assert found.differences


def test_every_endpoint_of_a_key_or_a_token_is_asked() -> None:
    there = {
        (method, re.sub(r":\w+}", "}", route.path))
        for router in (API_ROUTER, SCALE_ROUTER)
        for route in router.routes
        for method in getattr(route, "methods", ())
        if method != "OPTIONS"
    }
    assert there == set(moves.ENDPOINTS)
