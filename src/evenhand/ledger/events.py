"""Every event that the ledger can hold, one type each; those of walls are in `wall_events`.

An event's fields are flat: ids, names, numbers and truth values, or the digest of what is longer.
Content stays out, so that it can be erased without touching the record. A field that has a default
is left out where it stands at it: a count of nothing, or what does not apply.

How many open assignments a tenant's queue holds can be counted from its events alone: `opened` and
`withdrawn` for annotators, `reviews_opened` and `reviews_withdrawn` for reviewers; and each
`assignment.leased` of a live task takes one away.
"""

from typing import Literal
from uuid import UUID

from evenhand.ledger.dispatch_events import (
    AssignmentLeased,
    AssignmentShown,
    QueueEmptied,
    QueueNoted,
    QueuePassed,
)
from evenhand.ledger.event import Event, Number, Purpose, digest_of

# What is written down elsewhere, beside all that is written down here.
__all__ = [
    "AssignmentLeased",
    "AssignmentShown",
    "Event",
    "QueueEmptied",
    "QueueNoted",
    "QueuePassed",
    "digest_of",
]


class TenantCreated(Event, frozen=True, kw_only=True, tag="tenant.created"):
    """A tenant was entered: its log begins with this."""


class TenantWeightSet(Event, frozen=True, kw_only=True, tag="tenant.weight_set"):
    """The tenant's share of the work weighs so many thousandths from here on, by its class."""

    weight_class: str
    weight: int


class KeyIssued(Event, frozen=True, kw_only=True, tag="key.issued"):
    """An API key was issued, live or for tests; `hint` is how it ends."""

    is_test: bool
    hint: str


class KeyRevoked(Event, frozen=True, kw_only=True, tag="key.revoked"):
    """The API keys that end with `hint` were revoked; `keys` is how many."""

    hint: str
    keys: int


class DataKeyCreated(Event, frozen=True, kw_only=True, tag="data_key.created"):
    """A key was made under which the tenant's new files are sealed."""

    key_id: UUID


class FileStored(Event, frozen=True, kw_only=True, tag="file.stored"):
    """A file was stored, uploaded or fetched."""

    file_id: UUID


class ProjectCreated(Event, frozen=True, kw_only=True, tag="project.created"):
    """A project was created."""

    project_id: UUID


class ProjectParamsSet(Event, frozen=True, kw_only=True, tag="project.params_set"):
    """A project got other params for its future tasks, under a version of their own."""

    project_id: UUID
    version: int


class ProjectPolicySet(Event, frozen=True, kw_only=True, tag="project.policy_set"):
    """Another policy holds for a project from here on, with all the members that it names."""

    project_id: UUID
    annotations: int | None = None
    annotations_max: int | None = None
    confidence: Number | None = None
    review_below: Number | None = None
    target_accuracy: Number | None = None
    calibration_share: Number | None = None
    review_share: Number | None = None
    skips_max: int | None = None
    gold_share: Number | None = None
    gold_accuracy_least: Number | None = None
    gold_tasks_least: int | None = None
    training_score_least: Number | None = None
    training_attempts_max: int | None = None


class BatchCreated(Event, frozen=True, kw_only=True, tag="batch.created"):
    """A batch was created."""

    batch_id: UUID


class BatchFinalized(Event, frozen=True, kw_only=True, tag="batch.finalized"):
    """A staged batch takes no more tasks, and those it held back were `opened`."""

    batch_id: UUID
    opened: int = 0


class BatchReopened(Event, frozen=True, kw_only=True, tag="batch.reopened"):
    """A batch that looked done, and was never finalized, got another task."""

    batch_id: UUID


class BatchCompleted(Event, frozen=True, kw_only=True, tag="batch.completed"):
    """The last task of a batch was done."""

    batch_id: UUID


class BatchPrioritized(Event, frozen=True, kw_only=True, tag="batch.prioritized"):
    """The pending tasks of a batch, so many, got another place in the queue."""

    batch_id: UUID
    priority: int
    tasks: int


class BatchMetadataSet(Event, frozen=True, kw_only=True, tag="batch.metadata_set"):
    """A batch got other metadata; `sha256` is that of their JSON in the form of an entry."""

    batch_id: UUID
    sha256: str


class TaskSubmitted(Event, frozen=True, kw_only=True, tag="task.submitted"):
    """A task came in; it is offered later where it must be prepared or its batch is staged."""

    task_id: str
    opened: int = 0


class TasksSubmitted(Event, frozen=True, kw_only=True, tag="tasks.submitted"):
    """Several tasks came in with one call; `sha256` is that of their ids, one a line."""

    count: int
    sha256: str
    opened: int = 0


class TaskPrepared(Event, frozen=True, kw_only=True, tag="task.prepared"):
    """What a task shows is all at hand; it is offered now, unless its batch is staged."""

    task_id: str
    opened: int = 0


class FetchFailed(Event, frozen=True, kw_only=True, tag="fetch.failed"):
    """An attachment of a task, the one of this number, could not be fetched and is tried again."""

    task_id: str
    number: int
    attempt: int


class TaskFailed(Event, frozen=True, kw_only=True, tag="task.failed"):
    """A task ended in error: what it shows cannot be had, or annotators found it broken."""

    task_id: str
    withdrawn: int = 0
    reviews_withdrawn: int = 0


class TaskRetried(Event, frozen=True, kw_only=True, tag="task.retried"):
    """A customer had a task that ended in error prepared once more."""

    task_id: str


class TaskCanceled(Event, frozen=True, kw_only=True, tag="task.canceled"):
    """A customer withdrew a task before work on it began."""

    task_id: str
    withdrawn: int = 0
    reviews_withdrawn: int = 0


class TaskUniqueIdSet(Event, frozen=True, kw_only=True, tag="task.unique_id_set"):
    """A task got another unique_id, of this SHA-256, or lost the one it had."""

    task_id: str
    sha256: str | None = None


class TaskMetadataSet(Event, frozen=True, kw_only=True, tag="task.metadata_set"):
    """A task got other metadata; `sha256` is that of their JSON in the form of an entry."""

    task_id: str
    sha256: str


class TaskTagsSet(Event, frozen=True, kw_only=True, tag="task.tags_set"):
    """A task got other tags; `sha256` is that of all that it has now, one a line."""

    task_id: str
    sha256: str


class AssignmentRenewed(Event, frozen=True, kw_only=True, tag="assignment.renewed"):
    """An annotator at work held on to what they were lent."""

    assignment_id: UUID
    annotator_id: UUID


class DraftBegun(Event, frozen=True, kw_only=True, tag="draft.begun"):
    """An annotator's first draft of what they were lent was kept; later ones leave no event."""

    assignment_id: UUID
    annotator_id: UUID


class AssignmentSkipped(Event, frozen=True, kw_only=True, tag="assignment.skipped"):
    """An annotator gave a task back for good; where it is live, somebody else is asked."""

    task_id: str
    assignment_id: UUID
    annotator_id: UUID
    opened: int = 0
    reviews_opened: int = 0


class AssignmentResumed(Event, frozen=True, kw_only=True, tag="assignment.resumed"):
    """An annotator took a skip back and is lent the task again; what stood in its place is gone."""

    task_id: str
    assignment_id: UUID
    annotator_id: UUID
    withdrawn: int = 0
    reviews_withdrawn: int = 0


class AssignmentExpired(Event, frozen=True, kw_only=True, tag="assignment.expired"):
    """A lease ran out, or its annotator left: a live task is back in the queue, gold lapses."""

    task_id: str
    assignment_id: UUID
    opened: int = 0
    reviews_opened: int = 0


class AnnotationAccepted(Event, frozen=True, kw_only=True, tag="annotation.accepted"):
    """An annotation was accepted; withdrawn from the queue where its lease had run out.

    Where the annotator began from the customer's hypothesis: whether they kept or changed it.
    """

    task_id: str
    assignment_id: UUID
    annotation_id: UUID
    annotator_id: UUID
    withdrawn: int = 0
    reviews_withdrawn: int = 0
    hypothesis: Literal["kept", "changed"] | None = None


class AnnotationRevised(Event, frozen=True, kw_only=True, tag="annotation.revised"):
    """An annotator corrected what they had answered, before it was weighed."""

    task_id: str
    assignment_id: UUID
    annotation_id: UUID
    annotator_id: UUID
    revision: int


class TaskMoreWanted(Event, frozen=True, kw_only=True, tag="task.more_wanted"):
    """The votes did not suffice, and more are asked for: first of those so skilled, if named."""

    task_id: str
    opened: int
    skill_least: float | None = None


class TaskSentToReview(Event, frozen=True, kw_only=True, tag="task.sent_to_review"):
    """A reviewer decides a task: its votes left doubt, or too many skipped it."""

    task_id: str
    reviews_opened: int
    withdrawn: int = 0
    reviews_withdrawn: int = 0


class TaskSetAside(Event, frozen=True, kw_only=True, tag="task.set_aside"):
    """A task could not be judged, for this reason, so that a reviewer decides."""

    task_id: str
    reason: str


class TaskSettled(Event, frozen=True, kw_only=True, tag="task.settled"):
    """A task came to its response by so many annotations; `canned` is that of a test task."""

    task_id: str
    annotations: int
    method: str
    withdrawn: int = 0
    reviews_withdrawn: int = 0


class TasksSettled(Event, frozen=True, kw_only=True, tag="tasks.settled"):
    """Several test tasks of one call got canned responses; `sha256` as for tasks.submitted."""

    count: int
    sha256: str
    method: str


class CallbackRequested(Event, frozen=True, kw_only=True, tag="callback.requested"):
    """A customer asked for the callback of a finished task once more."""

    callback_id: UUID
    task_id: str


class CallbackAttempted(Event, frozen=True, kw_only=True, tag="callback.attempted"):
    """A callback of a task or a batch was sent, and this is what came of it."""

    callback_id: UUID
    attempt: int
    state: str
    task_id: str | None = None
    batch_id: UUID | None = None
    status_code: int | None = None


class GoldAdded(Event, frozen=True, kw_only=True, tag="gold.added"):
    """A task whose answer is known was added to a project."""

    task_id: str
    project_id: UUID
    purpose: Purpose


class GoldRetired(Event, frozen=True, kw_only=True, tag="gold.retired"):
    """A gold task is lent to nobody any more."""

    task_id: str


class GoldVoided(Event, frozen=True, kw_only=True, tag="gold.voided"):
    """The answers to a gold task count for nobody any more, since a contest was upheld."""

    task_id: str


class GoldExpectationChanged(Event, frozen=True, kw_only=True, tag="gold.expectation_changed"):
    """Another response to a gold task is expected, since a contest was upheld."""

    task_id: str


class GoldScored(Event, frozen=True, kw_only=True, tag="gold.scored"):
    """An answer to a gold task was compared with what is expected."""

    task_id: str
    assignment_id: UUID
    annotator_id: UUID
    score: float
    is_right: bool


class GoldUnscored(Event, frozen=True, kw_only=True, tag="gold.unscored"):
    """An answer to a gold task could not be compared with what is expected: nobody counts it."""

    task_id: str
    assignment_id: UUID
    annotator_id: UUID


class AnnotatorJudged(Event, frozen=True, kw_only=True, tag="annotator.judged"):
    """It was judged whether an annotator may go on, by so many right of so many gold answers."""

    project_id: UUID
    annotator_id: UUID
    right: int
    answers: int


class AnnotatorPaused(Event, frozen=True, kw_only=True, tag="annotator.paused"):
    """An annotator is lent nothing more of a project: over gold, a course, or by hand."""

    project_id: UUID
    annotator_id: UUID
    why: str


class AnnotatorResumed(Event, frozen=True, kw_only=True, tag="annotator.resumed"):
    """An annotator is lent tasks of a project again; `why` is what they were paused over."""

    project_id: UUID
    annotator_id: UUID
    why: str


class _Course(Event, frozen=True, kw_only=True):
    project_id: UUID
    annotator_id: UUID
    score: float
    round: int


class TrainingPassed(_Course, frozen=True, kw_only=True, tag="training.passed"):
    """An annotator passed a project's course with this score, and live work begins."""


class TrainingRepeated(_Course, frozen=True, kw_only=True, tag="training.repeated"):
    """An annotator missed the score of a project's course and begins another round."""


class TrainingFailed(_Course, frozen=True, kw_only=True, tag="training.failed"):
    """An annotator missed the score of a project's course in the last round."""


class _Contest(Event, frozen=True, kw_only=True):
    contest_id: UUID
    annotator_id: UUID


class ContestOpened(_Contest, frozen=True, kw_only=True, tag="contest.opened"):
    """An annotator contested a score."""


class ContestRejected(_Contest, frozen=True, kw_only=True, tag="contest.rejected"):
    """A contested score stands."""


class ContestUpheld(_Contest, frozen=True, kw_only=True, tag="contest.upheld"):
    """The annotator was right; what follows for the gold task is entered beside it."""


class SkillsLearned(Event, frozen=True, kw_only=True, tag="skills.learned"):
    """What so many newly settled tasks tell of a project's annotators was added to their skill."""

    project_id: UUID
    tasks: int


class SkillsFitted(Event, frozen=True, kw_only=True, tag="skills.fitted"):
    """The skill of a project's annotators was estimated anew from all of its tasks, so many."""

    project_id: UUID
    tasks: int


class SkillsFitSetAside(Event, frozen=True, kw_only=True, tag="skills.fit_set_aside"):
    """A fit took more than it may; the last one holds until the project has grown by a share."""

    project_id: UUID


class AlertsRaised(Event, frozen=True, kw_only=True, tag="alerts.raised"):
    """Checks of a project found so much that is worth a look; it pauses nobody."""

    project_id: UUID
    count: int
