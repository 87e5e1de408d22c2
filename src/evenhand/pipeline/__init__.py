"""The life of a task, in order. Start reading here.

submit -> dispatch -> annotate -> assess -> deliver

Each step is one transaction of one tenant. It changes state, writes the
ledger and asks for the next step: all of it happens, or none.
"""

from evenhand.pipeline import beside
from evenhand.pipeline.annotate import annotate, annotate_large, expire, renew, save_draft, skip
from evenhand.pipeline.assess import assess, assess_light
from evenhand.pipeline.barren import Barren
from evenhand.pipeline.batches import (
    create_batch,
    finalize_batch,
    prioritize_batch,
    set_batch_metadata,
)
from evenhand.pipeline.contest import contest, reject, uphold
from evenhand.pipeline.customer_fields import (
    add_tags,
    remove_tags,
    set_tags,
    set_task_metadata,
    set_unique_id,
)
from evenhand.pipeline.deliver import deliver, send_again
from evenhand.pipeline.dispatch import dispatch
from evenhand.pipeline.files import import_file, store_file
from evenhand.pipeline.gold import add_gold, gold_from_task, retire_gold
from evenhand.pipeline.heavy import assess_heavy
from evenhand.pipeline.learn import learn
from evenhand.pipeline.policy import change_policy, set_policy
from evenhand.pipeline.prepare import fetch
from evenhand.pipeline.projects import create_project, set_params
from evenhand.pipeline.record import Verification, sequence, tenants_to_sequence, verify
from evenhand.pipeline.refit import refit
from evenhand.pipeline.report import NothingToReport, check, report
from evenhand.pipeline.score import score
from evenhand.pipeline.settle import complete_batches
from evenhand.pipeline.standing import judge, judge_due, pause, resume
from evenhand.pipeline.submit import cancel, submit, submit_many

__all__ = [
    "beside",
    "Barren",
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
    "submit",
    "submit_many",
    "cancel",
    "set_unique_id",
    "set_task_metadata",
    "set_tags",
    "add_tags",
    "remove_tags",
    "fetch",
    "dispatch",
    "save_draft",
    "renew",
    "annotate",
    "annotate_large",
    "skip",
    "expire",
    "add_gold",
    "gold_from_task",
    "judge",
    "judge_due",
    "retire_gold",
    "pause",
    "resume",
    "contest",
    "uphold",
    "reject",
    "score",
    "assess",
    "assess_heavy",
    "assess_light",
    "complete_batches",
    "deliver",
    "send_again",
    "learn",
    "refit",
    "report",
    "check",
    "NothingToReport",
    "Verification",
    "sequence",
    "tenants_to_sequence",
    "verify",
]
