"""A report on the quality of a project's labels: as data, as JSON and as a page with pictures."""

from evenhand.quality.report.outcome import Report, plain, to_json
from evenhand.quality.report.page import PAGE_POLICY, render
from evenhand.quality.report.project import project_report

__all__ = ["PAGE_POLICY", "Report", "plain", "project_report", "render", "to_json"]
