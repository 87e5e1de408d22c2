"""The frame in which shapes are measured: the pixels of the picture as it is seen, upright."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from evenhand.task_types.contract import InvalidResponse

# A shape may stick out by so many pixels and is moved to the edge: models round, and half a pixel
# is where the middle of the last one lies. Who sticks out further has measured another picture.
OVERSHOOT_MAX = 1.0
UPRIGHT: Final = "upright"  # the one orientation in which anything is measured here


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a picture in pixels, turned as its EXIF says."""

    width: int
    height: int

    def stated(self) -> dict[str, object]:
        """Word it as responses and assignments do."""
        return {"width": self.width, "height": self.height, "orientation": UPRIGHT}

    def __str__(self) -> str:
        return f"{self.width:,} by {self.height:,} pixels"


Frames: TypeAlias = Mapping[str, Frame]  # by URL, as far as they are known
Margins: TypeAlias = tuple[float, float]  # how far beyond the picture may be drawn


def moved_inside(
    kind: str, numbers: Sequence[float], frame: Frame, margins: Margins, at: str
) -> tuple[float, ...]:
    """Move a shape that sticks out a little to the edge; one that lies further out is refused."""
    left, top, *size = numbers
    corners = [*numbers]
    if kind == "box":
        corners = [left, top, left + size[0], top + size[1]]
    bounds = (
        (-margins[0], frame.width + margins[0]),
        (-margins[1], frame.height + margins[1]),
    )
    moved = [_moved(number, *bounds[place % 2]) for place, number in enumerate(corners)]
    if None in moved:
        across, down = corners[::2], corners[1::2]
        raise InvalidResponse(
            f"reaches from ({min(across):g}, {min(down):g}) to ({max(across):g}, {max(down):g}), "
            f"outside of the picture, which has {frame}",
            at=at,
            hint="Measure in pixels of the picture as it is seen, upright, from its upper left "
            "corner.",
        )
    inside = [number for number in moved if number is not None]
    if inside == corners:
        # As it was sent: a width that is the difference of two sums is another by a hair.
        return tuple(numbers)
    if kind == "box":
        return inside[0], inside[1], inside[2] - inside[0], inside[3] - inside[1]
    return tuple(inside)


def _moved(number: float, least: float, most: float) -> float | None:
    """Move a coordinate into its bounds, or say that it is too far out."""
    if not least - OVERSHOOT_MAX <= number <= most + OVERSHOOT_MAX:
        return None
    return min(max(number, least), most)


def agreed(said: Frame | None, frame: Frame) -> None:
    """Refuse a response that was made in another frame than the picture's."""
    if said is not None and said != frame:
        raise InvalidResponse(
            f"says {said}, and the picture has {frame}",
            at="image",
            hint="Measure in the picture as it is seen, upright: turn it by its EXIF first, or "
            "take the bytes that the assignment hands out, which lie upright.",
        )
