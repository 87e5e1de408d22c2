"""The demo's audit: every decision replayed from files, as who believes nobody would.

What it finds is signed and shown on `/neutrality`, where an auditor's statement would stand.
"""

import asyncio
import gzip
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from evenhand import pipeline, verifier
from evenhand.app.context import Context
from evenhand.foundation.errors import Unavailable
from evenhand.tlog.policy import Policy
from evenhand.tlog.signatures import SignatureType, SigningKey
from evenhand.tlog.sources import source
from evenhand.tlog.verification import Outcome

POLL_SECONDS = 0.25
PUBLISHED_SECONDS_MAX = 60
TRANSCRIPT = "transcript.gz"
AUDITOR = "demo.invalid/own-audit"


class NotPublished(Unavailable):
    """The public log did not come to speak of all that happened in the time that it may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """How many decisions were replayed, and whether each followed from the published rule."""

    decisions: int
    held: bool


async def audited(context: Context, expected: int) -> Audit:
    """Write what an auditor is shown once it tells of so many entries, and check it."""
    files = context.settings.data_dir
    try:
        async with asyncio.timeout(PUBLISHED_SECONDS_MAX):
            while await _written(context, files / TRANSCRIPT) < expected:  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise NotPublished from error
    found = await asyncio.to_thread(_checked, files / "log", files / TRANSCRIPT)
    await _stated(context, found)
    assert found.transcribed is not None, "a log of ours is signed"
    return Audit(decisions=found.transcribed.decisions, held=found.outcome is Outcome.HELD)


async def _written(context: Context, transcript: Path) -> int:
    entries = 0
    with gzip.open(transcript, "wb", compresslevel=1) as lines:
        async for line in pipeline.record.transcript(context.pool, context.publication):
            lines.write(line)
            entries += line.count(b'\\"kind\\":')
    return entries


def _checked(log: Path, transcript: Path) -> verifier.Report:
    with source(str(log)) as read:
        return verifier.check(
            read,
            Policy.parse(read("policy")),
            transcript=partial(verifier.check_transcript, transcript, receipts=[], complete=False),
        )


async def _stated(context: Context, found: verifier.Report) -> None:
    key = SigningKey.new(AUDITOR, SignatureType.ED25519)
    now = context.clock.now()
    note = verifier.statement_of(found, checked_at=int(now.timestamp())).signed(key)
    async with context.pool.connection() as connection:
        await pipeline.record.statements.publish(
            connection, context.publication, bytes(note), key.verifier_key, now=now
        )
