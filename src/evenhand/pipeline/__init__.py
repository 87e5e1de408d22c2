"""The life of a task, in order. Start reading here.

submit -> dispatch -> annotate -> assess -> deliver

Each step is one transaction of one tenant. It changes state, writes the
ledger and asks for the next step: all of it happens, or none.
"""

from evenhand.pipeline import beside
from evenhand.pipeline.annotate import annotate, annotate_large, expire, skip
from evenhand.pipeline.assess import assess, assess_light
from evenhand.pipeline.barren import Barren
from evenhand.pipeline.contest import contest, reject, uphold
from evenhand.pipeline.deliver import deliver
from evenhand.pipeline.dispatch import dispatch
from evenhand.pipeline.gold import add_gold, gold_from_task, retire_gold
from evenhand.pipeline.heavy import assess_heavy
from evenhand.pipeline.learn import learn
from evenhand.pipeline.policy import set_policy
from evenhand.pipeline.prepare import fetch
from evenhand.pipeline.refit import refit
from evenhand.pipeline.report import NothingToReport, check, report
from evenhand.pipeline.score import score
from evenhand.pipeline.settle import complete_batches
from evenhand.pipeline.standing import judge, judge_due, pause, resume
from evenhand.pipeline.submit import cancel, finalize_batch, submit, submit_many

__all__ = [
    "beside",
    "Barren",
    "submit",
    "submit_many",
    "cancel",
    "finalize_batch",
    "fetch",
    "dispatch",
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
    "set_policy",
    "complete_batches",
    "deliver",
    "learn",
    "refit",
    "report",
    "check",
    "NothingToReport",
]
