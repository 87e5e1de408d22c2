"""Loops that are compiled to machine code when they are first called."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile a loop over arrays; what was compiled once is kept on disk for the next process.

    It runs without Python's lock, so that threads help.
    """
    compiler: Any = numba.njit(cache=True, nogil=True)
    return cast("Callable[_P, _R]", compiler(function))
