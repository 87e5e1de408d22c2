"""Projects, their batches, a new task's place among them, and how far each has come."""

from evenhand.work.projects.batches import (
    BATCHES_A_PAGE_MAX,
    Batch,
    BatchFilter,
    NewBatch,
    batch_of,
    batches_by_id,
    complete_batches,
    counts_of,
    create_batch,
    finalize_batch,
    find_batches,
    prioritize_batch,
    set_batch_metadata,
)
from evenhand.work.projects.known import require_names
from evenhand.work.projects.placement import UnknownProject, take_up_batch
from evenhand.work.projects.policy import Policy, policy_of
from evenhand.work.projects.progress import progress_of
from evenhand.work.projects.projects import (
    PROJECTS_A_PAGE_MAX,
    NewProject,
    NoSuchProject,
    Project,
    ProjectNameTaken,
    create_project,
    policy_of_project,
    project_of,
    project_to_change,
    projects_of,
    set_params,
    set_policy,
)

__all__ = [
    "BATCHES_A_PAGE_MAX",
    "Batch",
    "BatchFilter",
    "NewBatch",
    "NewProject",
    "NoSuchProject",
    "PROJECTS_A_PAGE_MAX",
    "Project",
    "ProjectNameTaken",
    "UnknownProject",
    "batch_of",
    "batches_by_id",
    "complete_batches",
    "counts_of",
    "create_batch",
    "create_project",
    "finalize_batch",
    "find_batches",
    "prioritize_batch",
    "progress_of",
    "project_of",
    "project_to_change",
    "projects_of",
    "require_names",
    "set_batch_metadata",
    "set_params",
    "Policy",
    "policy_of",
    "policy_of_project",
    "set_policy",
    "take_up_batch",
]
