/** A shape changed at one of its handles, as far as the picture goes. Pure. */

import { distance, type Point, type Size } from "../../shared/viewport";
import { clamped, handles, moved, reshaped } from "./geometry";
import { type Shape, VERTICES_LEAST } from "./shapes";

export interface Cornered {
  shape: Shape;
  corner: number;
}

/** The shape a little further, but on the picture. */
export function nudged(shape: Shape, by: Point, picture: Size): Shape {
  return { ...shape, points: moved(shape.points, by, picture) };
}

/** With one handle a little further; a box that is turned over is held at the same place still. */
export function nudgedCorner({ shape, corner }: Cornered, by: Point, picture: Size): Cornered {
  const from = handles(shape)[corner] as Point;
  const to = clamped({ x: from.x + by.x, y: from.y + by.y }, picture);
  const changed = { ...shape, points: reshaped(shape, corner, to) };
  if (shape.tool !== "box") return { shape: changed, corner };
  const after = handles(changed);
  const alike = ALIKE.find((group) => group.includes(corner)) ?? [];
  const away = alike.map((index) => distance(after[index] as Point, to));
  return { shape: changed, corner: alike[away.indexOf(Math.min(...away))] ?? corner };
}

// Which handles of a box change places when it is turned over: corners, and sides that face.
const ALIKE: readonly (readonly number[])[] = [
  [0, 2, 4, 6],
  [1, 5],
  [3, 7],
];

/** With a corner more, half-way to the next one; null where a shape cannot have one. */
export function withCorner({ shape, corner }: Cornered): Cornered | null {
  const { tool, points } = shape;
  if (tool === "box" || tool === "point") return null;
  const from = points[corner] as Point;
  const isLast = corner === points.length - 1;
  if (isLast && tool === "line") return null;
  const to = points[(corner + 1) % points.length] as Point;
  const between = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  return {
    shape: { ...shape, points: points.toSpliced(corner + 1, 0, between) },
    corner: corner + 1,
  };
}

/** With a corner less; null where it has as few as it can have. */
export function withoutCorner({ shape, corner }: Cornered): Cornered | null {
  const { tool, points } = shape;
  if (tool === "box" || points.length <= VERTICES_LEAST[tool]) return null;
  return {
    shape: { ...shape, points: points.toSpliced(corner, 1) },
    corner: Math.min(corner, points.length - 2),
  };
}
