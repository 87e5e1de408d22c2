"""`/neutrality`: for anyone, by which rule work goes out, who owns whom, and how to check it.

It tells nothing of any tenant: neither who they are, nor how many, nor how much they send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.params import QueryParameter

from evenhand import pipeline, walls, workforce
from evenhand.app.api.disclosures_page import PAGE_HEADERS
from evenhand.app.context import Context
from evenhand.app.found_by_others import ENVY_BY_LAW, Verification, sections_of, verification_of
from evenhand.app.public_log import HEADERS, fresh
from evenhand.quality.report import document, table
from evenhand.quality.report.markup import Markup, element

_Form = Annotated[Literal["html", "json"], QueryParameter(name="format")]
_CHECKED = (
    "Whoever has this page and nothing else can check the log: evenhand verify, or any program "
    "that knows tlog-tiles. A tenant checks with its receipts that nothing of its own is missing. "
    "An auditor replays every decision from a transcript, with one file of Python that can be read "
    "in an hour: docs/transcript.md tells each check and which cheat it finds."
)

_PRICES = "Evenhand has no prices yet, so there is no function of them to publish."


@dataclass(frozen=True, slots=True, kw_only=True)
class Neutrality:
    """What everybody may know of an installation; witnesses with when they cosigned last."""

    origin: str
    terms: Mapping[str, Any]
    terms_digest: str
    stakes: Sequence[walls.Stake]
    annotators: int
    reviewers: int
    epochs: int
    witnesses: Mapping[str, datetime | None]
    quorum: str
    has_quorum: bool
    envy_by_law: int
    # By others, the latest first.
    verifications: Sequence[Verification]


@get("/neutrality", include_in_schema=False)
async def neutrality(
    request: Request[Any, Any, Any], context: Context, form: _Form = "html"
) -> Response[Any]:
    """Show anyone the rule, its weights, stakes, the workforce, the public log and witnesses."""
    told = await fresh(request, context.neutrality, partial(_told, context))
    headers = {**HEADERS, "Cache-Control": "no-cache"}
    if form == "json":
        return Response(told[form], media_type="application/json", headers=headers)
    return Response(told[form], media_type="text/html", headers={**headers, **PAGE_HEADERS})


async def _told(context: Context) -> Mapping[str, bytes]:
    found = await _found(context)
    page = document("Neutrality", *_sections(found))
    return {"html": page.encode(), "json": msgspec.json.encode(found)}


async def _found(context: Context) -> Neutrality:
    async with context.pool.connection() as connection:
        stakes = await walls.published_stakes(connection)
        capacity = await workforce.capacity(connection)
        verifications = await pipeline.record.statements.shown(
            connection, context.publication.origin
        )
    policy, note = context.publication.policy(), await context.publication.note()
    judged = None if note is None else policy.judged(note)
    times: Mapping[str, int | None] = {} if judged is None else judged.witnesses
    return Neutrality(
        origin=context.publication.origin,
        terms=pipeline.record.TERMS,
        terms_digest=pipeline.record.TERMS_DIGEST,
        stakes=stakes,
        annotators=capacity.annotators,
        reviewers=capacity.reviewers,
        epochs=0 if judged is None else judged.checkpoint.size,
        witnesses={name: _moment(times.get(name)) for name in policy.witnesses},
        quorum=policy.quorum,
        has_quorum=judged is not None and judged.has_quorum,
        envy_by_law=ENVY_BY_LAW,
        verifications=[verification_of(one) for one in verifications],
    )


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _sections(found: Neutrality) -> list[Markup]:
    terms = found.terms
    weights = [(name, f"{weight / 1000:g}") for name, weight in terms["weights"].items()]
    stakes = [
        (one.owner, one.owned, f"{float(one.percent):g} %", f"{one.declared_at:%Y-%m-%d}")
        for one in found.stakes
    ]
    return [
        element("h2", None, "The rule"),
        element(
            "p",
            None,
            f"Work goes out by {terms['rule']}: the queue with the smallest tag is served, and "
            f"what is lent moves its tag on by {terms['cost']:,} × {terms['tag_unit']:,} / weight. "
            "It sees "
            "neither names nor owners; equal tags fall by a beacon that nobody knew before. Each "
            f"epoch of the log commits to these terms: SHA-256 {found.terms_digest}.",
        ),
        table(("class", "weight"), weights, numbers=(1,)),
        element("p", None, _reserved(terms)),
        element("p", None, _PRICES),
        *sections_of(found.verifications, terms["weights"]),
        element("h2", None, "Who owns whom"),
        *_stakes(stakes),
        element("h2", None, "Who works here"),
        element(
            "p", None, f"{found.annotators:,} annotators, {found.reviewers:,} of them reviewers."
        ),
        element("h2", None, "The public log"),
        element("p", None, f"{found.origin}: {found.epochs:,} epochs are published under /log/."),
        *_witnesses(found),
        element("h2", None, "How to check it"),
        element("p", None, _CHECKED),
    ]


def _reserved(terms: Mapping[str, Any]) -> str:
    return (
        "Where one more annotation of a task is wanted, it is kept "
        f"{terms['reserved_seconds']} s for the skilled: the best {terms['skilled_percent']} % of "
        "the annotators known in its project, once there are "
        f"{terms['skilled_from_annotators']}. A queue that was searched in vain for somebody for "
        f"{terms['long_look_milliseconds']} ms or longer rests for them {terms['rest_looks']} "
        f"times as long, {terms['rest_seconds_max']} s at most."
    )


def _stakes(rows: Sequence[Sequence[str]]) -> list[Markup]:
    if not rows:
        return [element("p", None, "No stake is declared.")]
    return [table(("owner", "of", "share", "since"), rows, numbers=(2,))]


def _witnesses(found: Neutrality) -> list[Markup]:
    if not found.witnesses:
        words = "No witness is named: compare a checkpoint with somebody else's, or run one."
        return [element("p", None, words)]
    words = "Enough witnesses" if found.has_quorum else "Too few witnesses"
    rows = [
        (name, "not this checkpoint" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC")
        for name, at in found.witnesses.items()
    ]
    return [
        element("p", None, f"{words} have cosigned it, by the quorum “{found.quorum}”."),
        table(("witness", "cosigned"), rows),
    ]
