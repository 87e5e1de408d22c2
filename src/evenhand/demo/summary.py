"""The demo's summary: from what happened to what is reported."""

from collections.abc import Sequence

from evenhand.demo import score
from evenhand.demo.questions import answer_of
from evenhand.demo.report import AnnotatorResult, Summary, TenantResult
from evenhand.demo.scenario import Happened, Side
from evenhand.demo.score import Hits


def summary_of(happened: Happened, *, seconds: float) -> Summary:
    """Add up the demo."""
    results = [_tenant(happened, number) for number in range(len(happened.sides))]
    annotators = _annotators(happened)
    consensus = sum((result.consensus for result in results), Hits(0, 0))
    alone = [(one.pictures + one.words).share or 0.0 for one in annotators]
    return Summary(
        tenants=len(results),
        tasks=sum(result.tasks for result in results),
        completed=sum(result.completed for result in results),
        annotations=sum(result.annotations for result in results),
        accuracy=_rounded(consensus.share),
        best_single_annotator=_rounded(max(alone)),
        delivered=sum(result.delivered for result in results),
        exported=sum(result.exported for result in results),
        requests_for_rivals=sum(one.requests for one in happened.intrusions),
        tables_looked_through=happened.seen_by_nobody.tables,
        foreign_rows_seen=sum(result.foreign_rows_seen for result in results)
        + happened.seen_by_nobody.foreign_seen,
        ledger_entries=sum(result.ledger_entries for result in results),
        ledger_verified=all(result.ledger_verified for result in results),
        decisions=happened.audit.decisions,
        decisions_held=happened.audit.held,
        seconds=round(seconds, 1),
        results=results,
        annotators=annotators,
    )


def _tenant(happened: Happened, number: int) -> TenantResult:
    side, verified = happened.sides[number], happened.ledgers[number]
    attachments = side.submitted.by_attachment
    delivered = {
        task_id: answer_of(task.get("response")) for task_id, task in side.inbox.tasks.items()
    }
    return TenantResult(
        name=side.role.name,
        tasks=len(side.submitted.by_task),
        completed=happened.settled[number],
        annotations=score.annotations_on(happened.labours, attachments),
        agreement=_rounded(score.agreement(happened.labours, attachments)),
        consensus=score.hits(delivered, score.truths_of(side.submitted.by_task)),
        delivered=len(delivered),
        exported=happened.exported[number],
        foreign_rows_seen=happened.intrusions[number].foreign_seen,
        ledger_entries=verified.size,
        ledger_verified=verified.ok,
    )


def _annotators(happened: Happened) -> Sequence[AnnotatorResult]:
    pictures, words = (_truths_shown(side) for side in happened.sides)
    return [
        AnnotatorResult(
            pictures_by=labour.annotator.pictures.name,
            pictures=score.hits(labour.given, pictures),
            words_by=labour.annotator.words.name,
            words=score.hits(labour.given, words),
        )
        for labour in happened.labours
    ]


def _truths_shown(side: Side) -> dict[str, str]:
    return score.truths_of(side.submitted.by_attachment)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
