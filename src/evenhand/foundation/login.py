"""The password of the application's role: derived from a secret, and never an operator's replaced.

The role belongs to the whole cluster, and its operator may have given it a password. So one is
set only where there is none, or where the one that is there is known to come from this program.
"""

import base64
import hashlib
import hmac
import os

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from evenhand.foundation.errors import Unavailable
from evenhand.foundation.secret import Secret

ROLE = "evenhand_app"
CONNECT_SECONDS_MAX = 10


class NoPassword(Unavailable):
    """There is nothing to derive the password of evenhand_app from: set EVENHAND_SECRET_KEY."""


def app_conninfo(admin_conninfo: str, secret: Secret | None = None) -> str:
    """How the server logs in once it has migrated: as a role that row security binds.

    The password follows from the secret, so that every process with the same settings finds it;
    for the embedded server, whose administrator's password is random, it follows from that one.
    """
    return make_conninfo(admin_conninfo, user=ROLE, password=_password(admin_conninfo, secret))


def let_in(
    connection: psycopg.Connection, admin_conninfo: str, secret: Secret | None, *, is_new: bool
) -> None:
    """Give the role its password, unless it has one that is not from this program."""
    mine = _password(admin_conninfo, secret)
    if is_new or _may_replace(connection, admin_conninfo, mine):
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(ROLE), mine))


def open_to_guesses(conninfo: str) -> bool:
    """Whether somebody who knows no password gets in as the application's role.

    Tried on the way that is given and, where that is a socket, over TCP too; what a superuser
    can see of the password is held against the guesses as well, since no way may be open now.
    """
    tried = guesses(conninfo)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if _is_superuser(connection):
            verifier = verifier_of(connection)
            if verifier is not None and any(fits(verifier, guess) for guess in tried):
                return True
        ways = [conninfo]
        row = connection.execute("SHOW listen_addresses").fetchone()
        if (connection.info.host or "/").startswith("/") and row is not None and row[0]:
            ways.append(make_conninfo(conninfo, host="localhost", port=connection.info.port))
    return any(enters(way, guess) for way in ways for guess in tried)


def guesses(admin_conninfo: str) -> list[str]:
    """Passwords that anybody would try, and what earlier versions derived from those."""
    named = [str(conninfo_to_dict(admin_conninfo).get(part) or "") for part in ("user", "dbname")]
    known = ["", ROLE, "evenhand", "postgres", "password", *named]
    return list(dict.fromkeys([*known, *map(_earlier, known)]))


def enters(conninfo: str, password: str) -> bool:
    """Whether the application's role gets in with this password, on the way that is given."""
    try:
        # Without a file named, the client would look up the right password for an empty one.
        psycopg.connect(
            conninfo,
            user=ROLE,
            password=password,
            passfile=os.devnull,
            connect_timeout=CONNECT_SECONDS_MAX,
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def verifier_of(connection: psycopg.Connection) -> str | None:
    """What PostgreSQL keeps of the role's password; only a superuser may read it."""
    row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [ROLE])
    found = row.fetchone()
    return None if found is None else found[0]


def fits(verifier: str, password: str) -> bool:
    """Whether a password is the one that PostgreSQL keeps this of (RFC 5803, or MD5)."""
    if verifier.startswith("md5"):
        digest = hashlib.md5((password + ROLE).encode(), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(verifier, f"md5{digest}")
    _, salted, keys = verifier.split("$")
    iterations, salt = salted.split(":")
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    stored = hashlib.sha256(hmac.digest(key, b"Client Key", "sha256")).digest()
    return hmac.compare_digest(stored, base64.b64decode(keys.split(":")[0]))


def _may_replace(connection: psycopg.Connection, admin_conninfo: str, mine: str) -> bool:
    given = str(conninfo_to_dict(admin_conninfo).get("password") or "")
    earlier = [one for one in (_earlier(given), _earlier("")) if one != mine]
    if _is_superuser(connection):
        verifier = verifier_of(connection)
        return verifier is None or any(fits(verifier, one) for one in earlier)
    # No other role may look, so the old keys are tried; the present one first, since where
    # everybody is let in there is nothing to learn from a try.
    return not enters(admin_conninfo, mine) and any(enters(admin_conninfo, e) for e in earlier)


def _is_superuser(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT current_setting('is_superuser')").fetchone() == ("on",)


def _password(admin_conninfo: str, secret: Secret | None) -> str:
    if secret is not None:
        return secret.key("database role").hex()
    given = str(conninfo_to_dict(admin_conninfo).get("password") or "")
    if not given:
        raise NoPassword
    return _earlier(given)


def _earlier(admin_password: str) -> str:
    return hmac.new(admin_password.encode(), ROLE.encode(), hashlib.sha256).hexdigest()
