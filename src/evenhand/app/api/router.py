"""The routes under /api, by who may call them: that is asked before a body is read."""

from litestar import Router
from litestar.di import Provide

from evenhand.app.api import (
    answers,
    assignments,
    callers,
    conflicts,
    exports,
    quality,
    record,
    scores,
    session,
    standings,
)
from evenhand.app.api.incoming import prove
from evenhand.app.api.problems import HANDLERS
from evenhand.app.scale.callers import caller, tenant_only

# A decision on a contest may bring a whole response; whatever else is sent here is a few lines.
FORM_BYTES_MAX = 64 * 1024

ANNOTATORS_ROUTER = Router(
    path="/",
    route_handlers=[
        session.me,
        assignments.held,
        assignments.take,
        assignments.take_next,
        assignments.read_file,
        assignments.shown,
        assignments.save_draft,
        assignments.renew,
        assignments.submit,
        assignments.skip,
        answers.answer,
        answers.read_answer_file,
        answers.revise,
        answers.unskip,
        scores.scores,
        scores.feedback,
        scores.read_feedback_file,
        scores.contest,
    ],
    dependencies={"annotator": Provide(callers.annotator)},
    guards=[callers.annotator_only],
)

TENANTS_ROUTER = Router(
    path="/",
    route_handlers=[
        standings.find_standings,
        standings.pause,
        standings.resume,
        standings.find_contests,
        standings.decide,
        conflicts.declare_conflict,
        conflicts.find_conflicts,
        conflicts.withdraw_conflict,
        quality.report,
        quality.alerts,
        exports.export,
        exports.export_receipts,
        exports.callbacks,
        record.log,
        record.receipts,
        record.receipts_file,
        record.disclosures,
    ],
    # Not `annotator`, for a member of a body by that name would be taken for a mistake of ours.
    dependencies={"caller": Provide(caller)},
    guards=[tenant_only],
)

API_ROUTER = Router(
    path="/api",
    route_handlers=[session.sign_in, session.sign_out, ANNOTATORS_ROUTER, TENANTS_ROUTER],
    request_max_body_size=FORM_BYTES_MAX,
    before_request=prove,
    exception_handlers=HANDLERS,
)
