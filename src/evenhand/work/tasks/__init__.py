"""Tasks as the customer sees them: read, found, changed, cancelled."""

from evenhand.work.tasks.callback_state import record_callback
from evenhand.work.tasks.search import TASKS_A_PAGE_MAX, After, Found, TaskFilter, find_tasks
from evenhand.work.tasks.tasks import (
    NOTHING,
    Failed,
    NoSuchTask,
    NotCancellable,
    Task,
    Withdrawn,
    add_tags,
    cancel_task,
    fail_task,
    remove_tags,
    set_tags,
    set_task_metadata,
    set_unique_id,
    taken,
    task_of,
    withdraw_open,
)

__all__ = [
    "After",
    "Failed",
    "Found",
    "NOTHING",
    "NoSuchTask",
    "NotCancellable",
    "TASKS_A_PAGE_MAX",
    "Task",
    "TaskFilter",
    "Withdrawn",
    "add_tags",
    "cancel_task",
    "fail_task",
    "find_tasks",
    "record_callback",
    "remove_tags",
    "set_tags",
    "set_task_metadata",
    "set_unique_id",
    "taken",
    "task_of",
    "withdraw_open",
]
