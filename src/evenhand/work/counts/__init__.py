"""How many tasks there are, kept so that to be told takes as long for a million as for one."""

from evenhand.work.counts.counts import (
    CHANGES_A_STEP_MAX,
    Place,
    created_count,
    fold_counts,
    kept_count,
    place_of,
    tenants_to_count,
)

__all__ = [
    "CHANGES_A_STEP_MAX",
    "Place",
    "created_count",
    "fold_counts",
    "kept_count",
    "place_of",
    "tenants_to_count",
]
