"""A report on the quality of a project's labels: as data, as JSON and as a page with pictures."""

from evenhand.quality.report.outcome import Report, plain, to_json
from evenhand.quality.report.page import render
from evenhand.quality.report.project import project_report

__all__ = ["Report", "plain", "project_report", "render", "to_json"]
