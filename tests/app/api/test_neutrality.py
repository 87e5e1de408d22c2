"""`/neutrality` is for anyone, and tells of no tenant."""

import time

import psycopg
import requests
from app.api.workbench import SECONDS_MAX, new_tenant
from app.served import Served

from evenhand import pipeline, tenants
from evenhand.app.fresh import FRESH_SECONDS
from evenhand.work import assignments


def _shown(served: Served, form: str = "html", **headers: str) -> requests.Response:
    address = f"{served.origin}/neutrality?format={form}"
    return requests.get(address, headers=headers, timeout=SECONDS_MAX)


def _shown_anew(served: Served, form: str = "html") -> requests.Response:
    """What is shown when what was shown before is no longer fresh."""
    time.sleep(FRESH_SECONDS)
    return _shown(served, form)


def test_anyone_is_shown_rule_weights_stakes_and_log(served: Served) -> None:
    served.command("stake", "declare", "Bramble AI", "Evenhand", "49")
    shown = _shown_anew(served)
    assert shown.status_code == 200
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    told = (assignments.RULE, "fourfold", "Bramble AI", "49 %", pipeline.record.TERMS_DIGEST)
    assert [words for words in told if words not in shown.text] == []


def test_programs_get_the_same_as_json_and_other_sites_may_read_it(served: Served) -> None:
    shown = _shown(served, "json", Origin="https://example.org")
    assert shown.json()["terms"]["weights"] == tenants.WEIGHTS
    assert shown.headers["access-control-allow-origin"] == "*"


def test_it_says_for_whom_work_is_kept_and_how_long_queues_rest(served: Served) -> None:
    shown = " ".join(_shown(served).text.split())
    for words in ("kept 3 s for the skilled", "best 50 %", "rests for them 50 times as long, 60 s"):
        assert words in shown


def test_whoever_asks_again_and_again_is_told_what_was_found_once(
    served: Served, admin: str
) -> None:
    with psycopg.connect(admin) as connection:
        _shown_anew(served)
        connection.execute("INSERT INTO walls.stake VALUES ('Cedar', 'Evenhand', 1, now())")
        connection.commit()
        assert "Cedar" not in _shown(served).text
    assert "Cedar" in _shown_anew(served).text


def test_nothing_of_it_tells_how_many_tenants_there_are_or_who(served: Served, admin: str) -> None:
    before = _shown(served, "json").json()
    made = [new_tenant(served, admin) for _ in range(3)]
    after = _shown_anew(served, "json").json()
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} <= {"epochs"}
    assert not any(str(one) in _shown(served).text for one in made)
