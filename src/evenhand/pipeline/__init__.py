"""The steps: what changes state, writes the ledger and asks for the next step, all or nothing.

`task/life.py` tells the life of a task in order; start reading there. What a project comes to
think of an annotator is in `annotator`, what tasks have in common in `project`, and the upkeep of
the ledger in `record`.
"""

from evenhand.pipeline import annotator, child_processes, project, record
from evenhand.pipeline.task.at_once import HandedIn
from evenhand.pipeline.task.attachments import retry
from evenhand.pipeline.task.customer_fields import (
    add_tags,
    remove_tags,
    set_tags,
    set_task_metadata,
    set_unique_id,
)
from evenhand.pipeline.task.heavy import assess_heavy
from evenhand.pipeline.task.life import (
    Submitted,
    annotate,
    annotate_and_dispatch,
    annotate_at_once,
    annotate_large,
    assess,
    assess_light,
    cancel,
    deliver,
    dispatch,
    expire,
    fetch,
    renew,
    save_draft,
    send_again,
    show,
    skip,
    submit,
    submit_each,
    submit_many,
)
from evenhand.pipeline.task.outcomes import complete_batches
from evenhand.pipeline.task.search_memory import SearchMemory
from evenhand.pipeline.task.way_back import answer, revise, take_back_skip

__all__ = [
    "annotator",
    "project",
    "record",
    "child_processes",
    "submit",
    "submit_each",
    "Submitted",
    "submit_many",
    "cancel",
    "retry",
    "set_unique_id",
    "set_task_metadata",
    "set_tags",
    "add_tags",
    "remove_tags",
    "fetch",
    "dispatch",
    "SearchMemory",
    "show",
    "save_draft",
    "renew",
    "annotate",
    "annotate_and_dispatch",
    "annotate_at_once",
    "annotate_large",
    "HandedIn",
    "skip",
    "expire",
    "assess",
    "assess_light",
    "assess_heavy",
    "complete_batches",
    "deliver",
    "send_again",
    "answer",
    "revise",
    "take_back_skip",
]
