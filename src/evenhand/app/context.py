"""What every way in needs: made once at start and handed on."""

from dataclasses import dataclass

from evenhand.datasets import Storage
from evenhand.foundation.database import Pool
from evenhand.foundation.secret import Secret
from evenhand.foundation.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running server that requests and jobs use."""

    settings: Settings
    pool: Pool
    secret: Secret
    storage: Storage
