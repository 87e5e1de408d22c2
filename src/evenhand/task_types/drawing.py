"""How shapes are written as coordinates, and those that test tasks are answered with."""

from evenhand.quality.live.answers import Shape
from evenhand.task_types.contract import plain


def drawing(shape: Shape) -> dict[str, object]:
    """Word the numbers of a shape as responses do."""
    kind, _, raw = shape
    numbers = [plain(number) for number in raw]
    if kind == "box":
        return dict(zip(("left", "top", "width", "height"), numbers, strict=True))
    if kind == "point":
        return dict(zip(("x", "y"), numbers, strict=True))
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return {"vertices": [{"x": x, "y": y} for x, y in pairs]}


def canned(kind: str, *, least: tuple[float, float], corners: int) -> tuple[float, ...]:
    """Draw a shape for a test task: at the upper left, and as large as the task asks for."""
    if kind == "box":
        return 0, 0, max(100, least[0]), max(100, least[1])
    if kind == "point":
        return 10, 10
    first: list[tuple[float, float]] = [(10, 10), (110, 110), (10, 110)]
    # More vertices than three lie on the way back from the last corner to the first.
    way_back = [(10, 110 - 100 * step / (corners - 2)) for step in range(1, corners - 2)]
    return tuple(number for pair in (first + way_back)[:corners] for number in pair)
