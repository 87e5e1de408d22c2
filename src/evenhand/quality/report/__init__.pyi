from .contents import Report, plain, to_json
from .document import PAGE_POLICY, document, table
from .page import render
from .project import project_report

__all__ = [
    "PAGE_POLICY",
    "Report",
    "document",
    "plain",
    "project_report",
    "render",
    "table",
    "to_json",
]
