"""Signing in and out, and who is refused."""

import secrets
import time
from http.cookies import SimpleCookie

import pytest
import requests
from app.api.workbench import SECONDS_MAX, Workbench, is_problem

from evenhand.app.auth_cache import TRUST_SECONDS, AuthCache

CALLED = {"X-Evenhand-Request": "1"}


def _sign_in(workbench: Workbench, token: str | None = None) -> requests.Response:
    return requests.post(
        f"{workbench.origin}/api/session",
        json={"token": token or workbench.person.token},
        timeout=SECONDS_MAX,
    )


def _cookie(reply: requests.Response) -> str:
    return SimpleCookie(reply.headers["set-cookie"])["evenhand_session"].value


def _by_cookie(workbench: Workbench, method: str, path: str, session: str, **headers: str):
    return requests.request(
        method,
        f"{workbench.origin}/api{path}",
        headers={"Cookie": f"evenhand_session={session}", **headers},
        timeout=SECONDS_MAX,
    )


def test_a_token_is_traded_for_a_cookie_that_pages_cannot_read_nor_other_sites_send(workbench):
    reply = _sign_in(workbench)
    assert reply.json()["annotator"]["annotator_id"] == workbench.person.annotator_id

    cookie = SimpleCookie(reply.headers["set-cookie"])["evenhand_session"]
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/"
    assert 0 < int(cookie["max-age"]) <= 24 * 60 * 60
    assert cookie.value != workbench.person.token
    assert (
        _by_cookie(workbench, "GET", "/me", cookie.value).json()["email"] == workbench.person.email
    )


def test_a_form_of_another_site_cannot_sign_a_browser_in(workbench):
    reply = requests.post(
        f"{workbench.origin}/api/session",
        data=f'{{"token": "{workbench.person.token}", "x": "="}}',
        headers={"Content-Type": "text/plain"},
        timeout=SECONDS_MAX,
    )
    assert is_problem(reply, 415, "body-not-json")
    assert "set-cookie" not in reply.headers


def test_with_the_cookie_alone_nothing_can_be_changed(workbench):
    workbench.send()
    session = _cookie(_sign_in(workbench))
    refused = _by_cookie(workbench, "POST", "/assignments/next", session)
    assert is_problem(refused, 403, "cross-site")
    lent = _by_cookie(workbench, "POST", "/assignments/next", session, **CALLED)
    assert lent.status_code == 200

    handle = lent.json()["assignment_id"]
    for method, what in [
        ("PUT", "draft"), ("POST", "renew"), ("POST", "submit"), ("POST", "skip")
    ]:  # fmt: skip
        reply = requests.request(
            method,
            f"{workbench.origin}/api/assignments/{handle}/{what}",
            json={"response": {}, "version": 0, "reason": "other", "annotation_id": "x"},
            cookies={"evenhand_session": session},
            timeout=SECONDS_MAX,
        )
        assert is_problem(reply, 403, "cross-site"), what


@pytest.mark.parametrize("token", ["", "x", "ann_" + "A" * 43, "\x7f", "é", "a" * 900])
def test_an_unknown_token_is_refused_and_gets_no_cookie(workbench, token):
    reply = _sign_in(workbench, token or " ")
    assert is_problem(reply, 401, "unknown-token")
    assert "set-cookie" not in reply.headers


def test_whoever_shows_nothing_or_a_wrong_token_is_refused(workbench):
    nobody = requests.get(f"{workbench.origin}/api/me", timeout=SECONDS_MAX)
    assert is_problem(nobody, 401, "not-signed-in")
    assert nobody.headers["www-authenticate"] == "Bearer"
    wrong = "Bearer ann_" + secrets.token_urlsafe(32)
    assert is_problem(
        workbench.call("GET", "/me", headers={"Authorization": wrong}), 401, "unknown-token"
    )
    assert is_problem(_by_cookie(workbench, "GET", "/me", "ann_x"), 401, "unknown-token")


def test_a_session_cannot_prolong_itself_into_another(workbench):
    assert is_problem(_sign_in(workbench, _cookie(_sign_in(workbench))), 401, "unknown-token")


def test_whoever_signs_out_is_out_at_once(workbench):
    session = _cookie(_sign_in(workbench))
    assert _by_cookie(workbench, "GET", "/me", session).status_code == 200

    out = _by_cookie(workbench, "DELETE", "/session", session, **CALLED)

    assert out.status_code == 204
    assert SimpleCookie(out.headers["set-cookie"])["evenhand_session"].value in ("", "null")
    assert is_problem(_by_cookie(workbench, "GET", "/me", session), 401, "unknown-token")
    assert workbench.call("GET", "/me").status_code == 200


def test_another_site_cannot_sign_a_browser_out(workbench):
    session = _cookie(_sign_in(workbench))
    assert is_problem(_by_cookie(workbench, "DELETE", "/session", session), 403, "cross-site")
    assert _by_cookie(workbench, "GET", "/me", session).status_code == 200


def test_a_disabled_annotator_is_out_as_soon_as_trust_runs_out(workbench, served):
    session = _cookie(_sign_in(workbench))
    assert _by_cookie(workbench, "GET", "/me", session).status_code == 200
    assert workbench.call("GET", "/me").status_code == 200

    served.command("annotator", "disable", workbench.person.email)

    assert is_problem(_sign_in(workbench), 401, "unknown-token")
    time.sleep(TRUST_SECONDS)
    assert is_problem(workbench.call("GET", "/me"), 401, "unknown-token")
    assert is_problem(_by_cookie(workbench, "GET", "/me", session), 401, "unknown-token")


async def test_a_caller_is_taken_on_trust_for_a_moment_and_then_looked_up_again():
    moment = 100.0
    seen: list[str] = []
    allowed = True

    async def find() -> str:
        seen.append("looked up")
        if not allowed:
            raise PermissionError
        return "Anna"

    cache: AuthCache[str] = AuthCache(clock=lambda: moment)
    assert await cache.caller("token", find) == "Anna"
    allowed = False
    moment += TRUST_SECONDS - 0.01
    assert await cache.caller("token", find) == "Anna"
    assert len(seen) == 1

    moment += 0.01
    for _ in range(2):
        with pytest.raises(PermissionError):
            await cache.caller("token", find)
    assert len(seen) == 3


async def test_whoever_is_forgotten_is_looked_up_at_once():
    cache: AuthCache[str] = AuthCache(clock=lambda: 0.0)

    async def anna() -> str:
        return "Anna"

    async def gone() -> str:
        raise PermissionError

    await cache.caller("token", anna)
    cache.forget("token")
    with pytest.raises(PermissionError):
        await cache.caller("token", gone)
