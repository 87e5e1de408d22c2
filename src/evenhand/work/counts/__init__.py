"""How many tasks there are, kept so that to be told takes as long for a million as for one."""

from evenhand.work.counts.counts import (
    CHANGES_A_STEP_MAX,
    Kind,
    Place,
    created_count,
    fold_counts,
    kept_count,
    place_of,
    tagged_count,
    tenants_to_count,
)

__all__ = [
    "CHANGES_A_STEP_MAX",
    "Kind",
    "Place",
    "created_count",
    "fold_counts",
    "kept_count",
    "place_of",
    "tagged_count",
    "tenants_to_count",
]
