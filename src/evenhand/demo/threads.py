"""How many threads linear algebra may use while the demo starts other processes."""

from contextlib import AbstractContextManager
from typing import Any

from threadpoolctl import threadpool_limits


def one_thread_of_blas() -> AbstractContextManager[object]:
    """Keep linear algebra on the thread that asks for it.

    OpenBLAS stops its threads whenever the process forks. Training goes on while PostgreSQL
    is started by forks, and would wait for ever for threads that are gone.
    """
    limits: Any = threadpool_limits
    return limits(limits=1)
