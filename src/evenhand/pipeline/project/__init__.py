"""What tasks have in common: projects, their policies, batches, files, and reports on them."""

from evenhand.pipeline.project.batches import (
    create_batch,
    finalize_batch,
    prioritize_batch,
    set_batch_metadata,
)
from evenhand.pipeline.project.files import import_file, store_file
from evenhand.pipeline.project.policy import change_policy, set_policy
from evenhand.pipeline.project.projects import create_project, set_params
from evenhand.pipeline.project.reports import NothingToReport, check, report, tenants_to_check

__all__ = [
    "create_project",
    "set_params",
    "set_policy",
    "change_policy",
    "create_batch",
    "finalize_batch",
    "prioritize_batch",
    "set_batch_metadata",
    "store_file",
    "import_file",
    "report",
    "check",
    "tenants_to_check",
    "NothingToReport",
]
