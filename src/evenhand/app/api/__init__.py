"""Our own API under /api: what annotators work with, and what the customers' contract lacks.

Errors are RFC 9457 problem documents.
"""

from evenhand.app.api.router import API_ROUTER as API_ROUTER
