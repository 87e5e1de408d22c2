from .contents import Report, plain, to_json
from .page import PAGE_POLICY, render
from .project import project_report

__all__ = ["PAGE_POLICY", "Report", "plain", "project_report", "render", "to_json"]
