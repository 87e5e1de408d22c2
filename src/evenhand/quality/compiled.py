"""Loops that are compiled to machine code when they are first called."""

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Compiled(Generic[_P, _R]):
    """A loop that waits for its first call, so that importing it costs nothing.

    The compiler takes most of a second to load: whoever only judges single tasks never pays.
    """

    def __init__(self, function: Callable[_P, _R], *, inline: bool = False) -> None:
        self.function = function
        self._inline = inline
        self._machine_code: Callable[_P, _R] | None = None

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Run the loop."""
        return self.machine_code()(*args, **kwargs)

    def machine_code(self) -> Callable[_P, _R]:
        """Return what the compiler made, or have it made."""
        if self._machine_code is None:
            self._resolve()
            self._machine_code = _compiled(self.function, inline=self._inline)
        return self._machine_code

    def _resolve(self) -> None:
        # Other loops that this one calls must be the compiler's when it reads their names.
        names = self.function.__globals__
        for name in self.function.__code__.co_names:
            other = names.get(name)
            if isinstance(other, Compiled) and other is not self:
                names[name] = cast("Compiled[..., Any]", other).machine_code()


def compiled(function: Callable[_P, _R]) -> Compiled[_P, _R]:
    """Compile a loop over arrays; what was compiled once is kept on disk for the next process.

    It runs without Python's lock, so that threads help. It may call other compiled loops by
    their names. Division by zero gives infinity or no number, as in numpy.
    """
    return Compiled(function)


def inlined(function: Callable[_P, _R]) -> Compiled[_P, _R]:
    """Compile a piece of a loop into each loop that calls it.

    For what is called millions of times, where the call itself would be most of the cost.
    """
    return Compiled(function, inline=True)


def _compiled(function: Callable[_P, _R], *, inline: bool) -> Callable[_P, _R]:
    import numba  # noqa: PLC0415 - see Compiled

    compiler: Any = numba
    options = {"nogil": True, "error_model": "numpy", "inline": "always" if inline else "never"}
    try:
        return compiler.njit(cache=True, **options)(function)
    except RuntimeError:
        # No folder can be written to: then every process compiles for itself.
        return compiler.njit(**options)(function)
