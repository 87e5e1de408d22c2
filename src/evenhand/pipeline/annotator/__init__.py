"""What a project comes to think of an annotator: gold tasks, scores, standing, contests, skill."""

from evenhand.pipeline.annotator.contests import contest, reject, uphold
from evenhand.pipeline.annotator.fitting import refit
from evenhand.pipeline.annotator.gold import add_gold, gold_from_task, retire_gold
from evenhand.pipeline.annotator.learning import learn
from evenhand.pipeline.annotator.rivalry import barred_by
from evenhand.pipeline.annotator.scores import score
from evenhand.pipeline.annotator.standings import judge_annotator, judge_due, pause, resume

__all__ = [
    "add_gold",
    "gold_from_task",
    "retire_gold",
    "score",
    "barred_by",
    "judge_annotator",
    "judge_due",
    "pause",
    "resume",
    "contest",
    "uphold",
    "reject",
    "learn",
    "refit",
]
