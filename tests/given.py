"""What every test may take as given: the hour, and what a test's own database is."""

from dataclasses import dataclass
from datetime import UTC, datetime

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database of one test: how the superuser and how the application log in."""

    name: str
    admin: str
    app: str
