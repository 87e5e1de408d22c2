"""What an auditor is shown: all that was entered, with the terms by which it was to go."""

from collections.abc import AsyncIterator

from evenhand import ledger, tenants
from evenhand.foundation.database import Pool
from evenhand.work import assignments


async def transcript(pool: Pool, publication: ledger.Publication) -> AsyncIterator[bytes]:
    """The lines of a transcript of all published epochs and all tenants."""
    async with pool.connection() as connection:
        everyone = await tenants.tenant_ids(connection)
    rule = {"terms": assignments.TERMS, "earlier_terms": assignments.EARLIER_TERMS}
    lines = ledger.transcript_lines(pool, publication, everyone, rule=rule)
    async for line in lines:
        yield line
