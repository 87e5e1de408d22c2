"""`/neutrality` is for anyone, and tells of no tenant."""

import requests
from app.api.workbench import SECONDS_MAX, new_tenant
from app.served import Served

from evenhand import pipeline, tenants
from evenhand.work import assignments


def _shown(served: Served, form: str = "html", **headers: str) -> requests.Response:
    address = f"{served.origin}/neutrality?format={form}"
    return requests.get(address, headers=headers, timeout=SECONDS_MAX)


def test_anyone_is_shown_rule_weights_stakes_and_log(served: Served) -> None:
    served.command("stake", "declare", "Bramble AI", "Evenhand", "49")
    shown = _shown(served)
    assert shown.status_code == 200
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    told = (assignments.RULE, "fourfold", "Bramble AI", "49 %", pipeline.record.TERMS_DIGEST)
    assert [words for words in told if words not in shown.text] == []


def test_programs_get_the_same_as_json_and_other_sites_may_read_it(served: Served) -> None:
    shown = _shown(served, "json", Origin="https://example.org")
    assert shown.json()["terms"]["weights"] == tenants.WEIGHTS
    assert shown.headers["access-control-allow-origin"] == "*"


def test_nothing_of_it_tells_how_many_tenants_there_are_or_who(served: Served, admin: str) -> None:
    before = _shown(served, "json").json()
    made = [new_tenant(served, admin) for _ in range(3)]
    after = _shown(served, "json").json()
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} <= {"epochs"}
    assert not any(str(one) in _shown(served).text for one in made)
