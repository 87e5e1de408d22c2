"""The routes under /api, with who is calling worked out once for all of them."""

from litestar import Router
from litestar.di import Provide

from evenhand.app.api import assignments, callers, exports, quality, scores, session, standings
from evenhand.app.api.incoming import prove
from evenhand.app.api.problems import HANDLERS
from evenhand.app.scale.callers import caller

API_ROUTER = Router(
    path="/api",
    route_handlers=[
        session.sign_in,
        session.sign_out,
        session.me,
        assignments.held,
        assignments.take_next,
        assignments.read_file,
        assignments.save_draft,
        assignments.renew,
        assignments.submit,
        assignments.skip,
        scores.scores,
        scores.feedback,
        scores.read_feedback_file,
        scores.contest,
        standings.find_standings,
        standings.pause,
        standings.resume,
        standings.find_contests,
        standings.decide,
        quality.report,
        quality.alerts,
        exports.export,
        exports.callbacks,
    ],
    dependencies={
        "annotator": Provide(callers.annotator),
        "caller": Provide(caller),
    },
    before_request=prove,
    exception_handlers=HANDLERS,
)
