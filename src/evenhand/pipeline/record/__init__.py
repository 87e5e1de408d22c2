"""The record of all that steps did: kept in order, committed to by epochs, and published."""

from evenhand.ledger import (
    ENTRIES_A_STEP_MAX,
    LEASE,
    EpochMaker,
    LogAhead,
    LogDiffers,
    LogUnreachable,
    NotTheMaker,
    OriginDiffers,
    Publication,
    Receipts,
    Verification,
    disclosures,
    opened_publication,
    private_log,
    public_head,
    receipt_lines,
    receipts_from,
    receipts_of_task,
)
from evenhand.ledger.receipts import RECEIPTS_A_PAGE_MAX
from evenhand.pipeline.record.placing import (
    anchor,
    make_epoch,
    place,
    tenants_to_sequence,
    verify,
)
from evenhand.pipeline.record.transcribing import transcript

__all__ = [
    "ENTRIES_A_STEP_MAX",
    "LEASE",
    "RECEIPTS_A_PAGE_MAX",
    "EpochMaker",
    "LogAhead",
    "LogDiffers",
    "LogUnreachable",
    "NotTheMaker",
    "OriginDiffers",
    "Publication",
    "Receipts",
    "Verification",
    "anchor",
    "disclosures",
    "make_epoch",
    "opened_publication",
    "place",
    "private_log",
    "public_head",
    "receipt_lines",
    "receipts_from",
    "receipts_of_task",
    "tenants_to_sequence",
    "transcript",
    "verify",
]
