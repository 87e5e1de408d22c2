"""Tasks, batches and projects as the customers' contract words them: plain JSON values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from evenhand import datasets
from evenhand.work import gold_tasks, projects, tasks

# The one urgency there is today; older clients expect the key.
URGENCY = "standard"


def task_object(task: tasks.Task) -> dict[str, Any]:
    """Word a task as the contract does; what is not set has no key."""
    worded: dict[str, Any] = {
        "task_id": task.task_id,
        "created_at": moment(task.created_at),
        "updated_at": moment(task.updated_at),
        "callback_url": task.callback_url,
        "type": task.type,
        "status": task.status,
        "instruction": task.instruction,
        "params": task.params,
        "is_test": task.is_test,
        "urgency": URGENCY,
        "metadata": task.metadata,
        "priority": task.priority,
        "work_started": task.work_started,
        "processed_attachments": [],
    }
    # A list words a hundred of them, so each is asked for and no second object made of them.
    if task.project is not None:
        worded["project"] = task.project
    if task.batch is not None:
        worded["batch"] = task.batch
    if task.project_param_version is not None:
        worded["project_param_version"] = task.project_param_version
    if task.unique_id is not None:
        worded["unique_id"] = task.unique_id
    if task.tags is not None:
        worded["tags"] = list(task.tags)
    if task.completed_at is not None:
        worded["completed_at"] = moment(task.completed_at)
    if task.callback_succeeded is not None:
        worded["callback_succeeded"] = task.callback_succeeded
    response = {"error": task.error} if task.status == "error" else task.response
    if response is not None:
        worded["response"] = response
    return worded


def limited_task_object(task: tasks.Task) -> dict[str, Any]:
    """Word only what `limited_response` asks for."""
    return {
        "task_id": task.task_id,
        "status": task.status,
        "metadata": task.metadata,
        "project": task.project,
        "otherVersion": None,
    }


def gold_object(gold: gold_tasks.Gold) -> dict[str, Any]:
    """Word an evaluation or training task; the contract says `id` and `expected_response`."""
    worded: dict[str, Any] = {
        "id": gold.task_id,
        "purpose": gold.purpose,
        "type": gold.type,
        "project": gold.project,
        "status": _gold_status(gold),
        "expected_response": gold.expected_response,
        "expected_version": gold.expected_version,
        "instruction": gold.instruction,
        "params": gold.params,
        "metadata": gold.metadata,
        "is_test": gold.is_test,
        "answers": gold.answers,
        "right": gold.right,
        "created_at": moment(gold.created_at),
    }
    when_set: dict[str, Any] = {
        "initial_response": gold.initial_response,
        "source_task_id": gold.source_task_id,
        "unique_id": gold.unique_id,
        "tags": None if gold.tags is None else list(gold.tags),
        "retired_at": None if gold.retired_at is None else moment(gold.retired_at),
        "error": gold.error,
    }
    worded.update({name: value for name, value in when_set.items() if value is not None})
    return worded


def _gold_status(gold: gold_tasks.Gold) -> str:
    if gold.retired_at is not None:
        return "retired"
    if gold.status == "error":
        return "error"
    return "preparing" if gold.stage == "preparing" else "in_use"


def batch_object(batch: projects.Batch, counts: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Word a batch as the contract does, with its tasks counted where counts are given."""
    worded: dict[str, Any] = {
        "name": batch.name,
        "project": batch.project,
        "status": batch.status,
        "created_at": moment(batch.created_at),
        "metadata": batch.metadata,
        "callback": batch.callback,
        "is_test": batch.is_test,
    }
    if batch.completed_at is not None:
        worded["completed_at"] = moment(batch.completed_at)
    worded.update(batch.options)
    if counts is not None:
        worded.update(counts)
    return worded


def batch_status_object(batch: projects.Batch, counts: Mapping[str, int]) -> dict[str, Any]:
    """Word how far a batch is; a status without tasks has no key."""
    return {"status": batch.status, **counts}


def batch_callback_object(batch: projects.Batch, counts: Mapping[str, int]) -> dict[str, Any]:
    """Word the callback of a batch."""
    stats = {name: counts.get(name, 0) for name in ("completed", "canceled", "error")}
    return {"batch": batch.name, "status": batch.status, "stats": stats}


def project_object(project: projects.Project) -> dict[str, Any]:
    """Word a project with every version of its params, oldest first."""
    worded: dict[str, Any] = {
        "name": project.name,
        "type": project.type,
        "created_at": moment(project.created_at),
        "archived": project.archived,
        "is_test": project.is_test,
        "param_history": [
            {
                **version.params,
                "version": version.version,
                "created_at": moment(version.created_at),
            }
            for version in project.history
        ],
    }
    if project.policy:
        worded["policy"] = project.policy
        worded["consensus_attempts"] = project.policy.get("annotations", 1)
    return worded


def moment(at: datetime) -> str:
    """Write a time as the contract does: UTC, milliseconds, Z."""
    # A sixth of the time that `isoformat` takes; a whole second comes without a fraction.
    text: str = msgspec.to_builtins(at.astimezone(UTC))
    return f"{text[:23]}Z" if at.microsecond else f"{text[:19]}.000Z"


def file_object(file: datasets.File) -> dict[str, Any]:
    """Word a stored file; what is not set has no key."""
    worded: dict[str, Any] = {
        "id": str(file.file_id),
        "attachment_url": file.attachment_url,
        "mime_type": file.mime_type,
        "size": file.size,
        "project_names": file.project_names,
        "metadata": file.metadata,
        "created_at": moment(file.created_at),
        "updated_at": moment(file.updated_at),
    }
    # Of a picture, its size as it is seen; or why it cannot be shown.
    told = {"width": file.width, "height": file.height, "problem": file.flaw}
    brought = {name: getattr(file, name) for name in ("reference_id", "display_name", "source_url")}
    worded.update({name: value for name, value in (told | brought).items() if value is not None})
    return worded
