"""Sets the clock of one Python process wrong, by what it is told; PostgreSQL keeps the right time.

Python imports a module of this name at its start, from wherever PYTHONPATH leads first.
"""

import ctypes
import datetime
import gc
import os
import time
from typing import Any

OFF = datetime.timedelta(seconds=float(os.environ["CLOCK_OFF_SECONDS"]))

_right = datetime.datetime.now
_right_seconds, _right_ns = time.time, time.time_ns


def _wrong(_cls: type, tz: datetime.tzinfo | None = None) -> datetime.datetime:
    return _right(tz) + OFF


# The type is written in C and closed to assignments, but its dictionary can be had.
methods: dict[str, Any] = gc.get_referents(datetime.datetime.__dict__)[0]
methods["now"] = classmethod(_wrong)
methods["utcnow"] = classmethod(lambda _cls: _right(datetime.UTC).replace(tzinfo=None) + OFF)
ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))
time.time = lambda: _right_seconds() + OFF.total_seconds()
time.time_ns = lambda: _right_ns() + int(OFF.total_seconds() * 1e9)
