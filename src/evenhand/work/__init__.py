"""Projects, batches, tasks, assignments, annotations, verdicts; whose turn it is.

Owns the schema `work`. One row of `work.assignment` stands for one annotation wanted;
`work.assessment_due` lists what is still to be weighed; `work.turn` holds each tenant's
place in virtual time.
"""

from evenhand.work.annotations import (
    AlreadyAnnotated,
    StaleDraft,
    Submission,
    accept_annotation,
    is_repeat,
    save_draft,
    submission,
)
from evenhand.work.dispatch import (
    HELD_MAX,
    LEASE,
    Assignment,
    LeaseLost,
    TooManyHeld,
    expire_leases,
    held,
    held_by,
    lease_next,
    queues_for,
    renew,
    skip,
    tenants_with_overdue,
    want_more,
)
from evenhand.work.fairness import Head, Queue, Turn, turns
from evenhand.work.skills import (
    PastVote,
    Skill,
    keep_skills,
    projects_to_refit,
    skills,
    votes_of,
)
from evenhand.work.verdicts import (
    AnnotatedTask,
    Annotation,
    Outcome,
    annotations_of,
    send_to_review,
    settle,
    settle_all,
    take_annotated,
    tenants_to_assess,
)

__all__ = [
    "HELD_MAX",
    "LEASE",
    "AlreadyAnnotated",
    "AnnotatedTask",
    "Annotation",
    "Assignment",
    "Head",
    "LeaseLost",
    "Outcome",
    "PastVote",
    "Queue",
    "Skill",
    "StaleDraft",
    "Submission",
    "TooManyHeld",
    "Turn",
    "accept_annotation",
    "annotations_of",
    "expire_leases",
    "held",
    "held_by",
    "is_repeat",
    "keep_skills",
    "lease_next",
    "projects_to_refit",
    "queues_for",
    "renew",
    "save_draft",
    "send_to_review",
    "settle",
    "settle_all",
    "skills",
    "skip",
    "submission",
    "take_annotated",
    "tenants_to_assess",
    "tenants_with_overdue",
    "turns",
    "votes_of",
    "want_more",
]
