"""The record of all that steps did: kept in order, committed to by epochs, and published."""

from evenhand.ledger import (
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

__all__ = [
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
    "receipts_from",
    "receipts_of_task",
    "tenants_to_sequence",
    "verify",
]
