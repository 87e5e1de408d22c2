"""How tasks come in: orders read and proved, admitted once, their attachments fetched."""

from evenhand.work.intake.admission import Admitted, Entry, Existing, Opened, Refused, admit, enter
from evenhand.work.intake.attachments import (
    FETCHES_AT_ONCE_MAX,
    Fetch,
    claim_fetches,
    fetch_again,
    link_fetched,
    lock_prepared,
    open_prepared,
    renew_fetches,
    tenants_to_fetch,
)
from evenhand.work.intake.idempotency import Repeatable, begin_once, keep_answer
from evenhand.work.intake.orders import (
    COMMON_TYPES,
    Order,
    check_callback,
    check_metadata,
    check_priority,
    check_project_params,
    check_tags,
    check_unique_id,
    order_of,
)

__all__ = [
    "Admitted",
    "COMMON_TYPES",
    "Entry",
    "Existing",
    "FETCHES_AT_ONCE_MAX",
    "Fetch",
    "Opened",
    "Order",
    "Refused",
    "Repeatable",
    "admit",
    "begin_once",
    "check_callback",
    "check_metadata",
    "check_priority",
    "check_project_params",
    "check_tags",
    "check_unique_id",
    "claim_fetches",
    "enter",
    "fetch_again",
    "keep_answer",
    "link_fetched",
    "lock_prepared",
    "open_prepared",
    "order_of",
    "renew_fetches",
    "tenants_to_fetch",
]
