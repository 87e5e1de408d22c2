"""`evenhand status` and `doctor`: what there is, and whether it is sound."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from evenhand import pipeline, tenants
from evenhand.app.commands.output import AsJson, err, out, print_json, print_rows
from evenhand.app.commands.tenants import every_tenant, tenant_named
from evenhand.app.context import Context
from evenhand.app.installation import UnusableStorage, open_installation
from evenhand.app.server import STATIC
from evenhand.app.witnesses import UnusableWitnesses
from evenhand.foundation import login, migrate
from evenhand.foundation.database import as_tenant
from evenhand.foundation.errors import EvenhandError
from evenhand.foundation.settings import Settings
from evenhand.work import projects

FREE_GIGABYTES_MIN = 1.0
STORAGE_SECONDS_MAX = 5.0
_REFUSALS: dict[str, tuple[type[EvenhandError], ...]] = {
    "firewall": (tenants.firewall.FirewallBroken,),
    "secret": (tenants.canary.MissingSecret, tenants.canary.WrongSecret),
    "storage": (UnusableStorage,),
    "public log": (
        pipeline.record.LogAhead,
        pipeline.record.LogDiffers,
        pipeline.record.OriginDiffers,
        UnusableWitnesses,
    ),
}


async def status(tenant: str | None = None, *, json: AsJson = False) -> None:
    """Show what is done and what waits, a line for each tenant.

    Parameters
    ----------
    tenant
        Only this tenant, by id or name.
    """
    async with open_installation(Settings.read()) as context:
        only = None if tenant is None else await tenant_named(context, tenant)
        lines: list[dict[str, object]] = []
        for one in await every_tenant(context):
            if only is not None and one.tenant_id != only:
                continue
            async with as_tenant(context.pool, one.tenant_id) as tx:
                counts = await projects.progress_of(tx)
            ids = {"tenant_id": str(one.tenant_id)} if json else {}
            lines.append({"tenant": one.name, **ids, **asdict(counts)})
    print_rows(lines, as_json=json, empty="No tenants yet: evenhand tenant create NAME")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


async def _recompute(tenant: str | None, *, as_json: bool) -> None:
    """Compute ledgers again from their entries and compare; exit 1 if one is wrong."""
    async with open_installation(Settings.read()) as context:
        only = None if tenant is None else await tenant_named(context, tenant)
        lines: list[dict[str, object]] = []
        for one in await every_tenant(context):
            if only is not None and one.tenant_id != only:
                continue
            async with as_tenant(context.pool, one.tenant_id) as tx:
                found = await pipeline.record.verify(tx)
            lines.append(
                {
                    "tenant": one.name,
                    "ok": found.ok,
                    "entries": found.size,
                    "root": found.root.hex() if as_json else f"{found.root.hex()[:16]}…",
                    "problem": found.problem,
                }
            )
    print_rows(lines, as_json=as_json, empty="No tenants yet, and so no ledger.")
    if not all(line["ok"] for line in lines):
        raise SystemExit(1)


async def doctor(*, ledger: bool = False, tenant: str | None = None, json: AsJson = False) -> None:
    """Look over the installation and say how to mend what is wrong; exit 1 if anything is.

    Parameters
    ----------
    ledger
        Only compute every tenant's ledger again from its entries and compare, a line for each.
    tenant
        Of the ledgers only this tenant's, by id or name.
    """
    if ledger or tenant is not None:
        await _recompute(tenant, as_json=json)
        return
    settings = Settings.read()
    checks = [_python(), _disk(settings), _workbench()]
    try:
        async with open_installation(settings) as context:
            checks += [await look(context) for look in _LOOKS]
    except EvenhandError as error:
        checks += _refused(error)
    if json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            mark = "[green]ok[/]  " if check.ok else "[bold red]fail[/]"
            out.print(f"{mark} {check.name}: {check.detail}")
    if not all(check.ok for check in checks):
        if not json:
            err.print("Something needs mending.", style="bold red")
        raise SystemExit(1)


def _refused(error: EvenhandError) -> list[Check]:
    """Name what an installation was not opened for; what comes before it is as it should be."""
    kind = next((name for name, kinds in _REFUSALS.items() if isinstance(error, kinds)), "database")
    before = [Check("database", ok=True, detail="answers")] if kind != "database" else []
    details = f" {error.details}" if error.details and kind != "firewall" else ""
    return [*before, Check(kind, ok=False, detail=f"{error.message}{details}")]


def _python() -> Check:
    return Check("python", ok=sys.version_info >= (3, 11), detail=sys.version.split()[0])


def _disk(settings: Settings) -> Check:
    there = next(p for p in [settings.data_dir, *settings.data_dir.parents] if p.exists())
    free = shutil.disk_usage(there).free / 1e9
    enough = free >= FREE_GIGABYTES_MIN
    advice = "" if enough else "; free some, or move EVENHAND_DATA_DIR"
    return Check("disk", ok=enough, detail=f"{free:.1f} GB free under {there}{advice}")


def _workbench() -> Check:
    built = (STATIC / "index.html").exists()
    detail = (
        "built"
        if built
        else "missing: install the wheel, or run `uv sync` without EVENHAND_SKIP_UI"
    )
    return Check("workbench", ok=built, detail=detail)


async def _database(context: Context) -> Check:
    async with context.pool.connection() as connection:
        number = connection.info.server_version
    new_enough = number >= migrate.OLDEST_SUPPORTED
    return Check("database", ok=new_enough, detail=f"PostgreSQL {number // 10000}.{number % 10000}")


async def _firewall(context: Context) -> Check:
    async with context.pool.connection() as connection:
        holes = await tenants.firewall.check(connection)
        still_open = await tenants.firewall.still_open(connection)
    told = "; ".join([*holes, *still_open])
    return Check("firewall", ok=not holes, detail=told or "no hole in the catalogue")


async def _secret(context: Context) -> Check:
    # A wrong or missing one has been refused by now, in a line of this name.
    assert context.secret, "opened with the installation"
    return Check("secret", ok=True, detail="opens what this database's keys are sealed with")


async def _storage(context: Context) -> Check:
    try:
        await context.storage.require(seconds=STORAGE_SECONDS_MAX)
    except EvenhandError as error:
        own = context.settings.data_dir / "files"
        where = "EVENHAND_STORAGE_URL" if context.settings.storage_url else own
        return Check("storage", ok=False, detail=f"{where}: {error.message}")
    return Check("storage", ok=True, detail="answers, and has room")


async def _login(context: Context) -> Check:
    given = context.settings.database_url
    way = str(context.pool.conninfo) if given is None else given.text
    guessed = await asyncio.to_thread(login.open_to_guesses, way)
    advice = (
        "evenhand_app can be entered with a password that anybody would try, or with none: "
        "ask for scram-sha-256 in pg_hba.conf, and give it a password of its own, or "
        "ALTER ROLE evenhand_app PASSWORD NULL and start with a login that may create roles"
    )
    detail = advice if guessed else "evenhand_app cannot be entered with a guess"
    return Check("login", ok=not guessed, detail=detail)


async def _ledgers(context: Context) -> Check:
    broken: list[str] = []
    everyone = await every_tenant(context)
    for one in everyone:
        async with as_tenant(context.pool, one.tenant_id) as tx:
            found = await pipeline.record.verify(tx)
        if not found.ok:
            broken.append(f"{one.name}: {found.problem}")
    detail = "; ".join(broken) or f"{len(everyone)} recomputed"
    return Check("ledgers", ok=not broken, detail=detail)


async def _public_log(context: Context) -> Check:
    try:
        async with context.pool.connection() as connection:
            await context.publication.require_one_history(connection)
        lacking = await context.publication.quorum_problem()
    except EvenhandError as error:
        return Check("public log", ok=False, detail=f"{error.message} {error.details}")
    detail = lacking or "is that of this database"
    return Check("public log", ok=lacking is None, detail=detail)


_LOOKS: tuple[Callable[[Context], Awaitable[Check]], ...] = (
    _database,
    _firewall,
    _secret,
    _storage,
    _login,
    _ledgers,
    _public_log,
)
