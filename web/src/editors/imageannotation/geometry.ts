/** Where things are: hits, handles, moves. Pure, in the picture's pixels. */

import { type Bounds, distance, type Point, type Size } from "../../shared/viewport";
import type { Shape } from "./shapes";

// A picture smaller than this is shown so large that whole pixels would be too coarse a grid.
const SNAP_FROM = 128;

export function boundsOf(points: readonly Point[]): Bounds {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return { left, top, right, bottom };
}

export function clamped({ x, y }: Point, { width, height }: Size): Point {
  return { x: Math.max(0, Math.min(width, x)), y: Math.max(0, Math.min(height, y)) };
}

/** To whole pixels on large pictures; tiny ones are drawn on between their pixels. */
export function snapped(point: Point, size: Size): Point {
  if (Math.max(size.width, size.height) < SNAP_FROM) return point;
  return { x: Math.round(point.x), y: Math.round(point.y) };
}

/** The corners of a box in order, whichever way it was drawn. */
export function ordered(a: Point, b: Point): [Point, Point] {
  const { left, top, right, bottom } = boundsOf([a, b]);
  return [
    { x: left, y: top },
    { x: right, y: bottom },
  ];
}

export function moved(points: readonly Point[], by: Point, size: Size): Point[] {
  const { left, top, right, bottom } = boundsOf(points);
  // Held at the edge as a whole, so that a move never bends a shape.
  const x = Math.max(-left, Math.min(size.width - right, by.x));
  const y = Math.max(-top, Math.min(size.height - bottom, by.y));
  return points.map((point) => ({ x: point.x + x, y: point.y + y }));
}

/** Where a shape can be taken hold of: a box at eight places, others at their corners. */
export function handles({ tool, points }: Shape): Point[] {
  if (tool !== "box") return [...points];
  const { left, top, right, bottom } = boundsOf(points);
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  return [
    { x: left, y: top },
    { x, y: top },
    { x: right, y: top },
    { x: right, y },
    { x: right, y: bottom },
    { x, y: bottom },
    { x: left, y: bottom },
    { x: left, y },
  ];
}

// Which sides of the box each handle takes along, in the order of `handles`.
const BOX_SIDES: readonly (readonly ("left" | "top" | "right" | "bottom")[])[] = [
  ["left", "top"],
  ["top"],
  ["right", "top"],
  ["right"],
  ["right", "bottom"],
  ["bottom"],
  ["left", "bottom"],
  ["left"],
];

/** The points after one handle was dragged somewhere. */
export function reshaped({ tool, points }: Shape, handle: number, to: Point): Point[] {
  if (tool !== "box") return points.map((point, index) => (index === handle ? to : point));
  const sides = { ...boundsOf(points) };
  for (const side of BOX_SIDES[handle] ?? []) {
    sides[side] = side === "left" || side === "right" ? to.x : to.y;
  }
  return ordered({ x: sides.left, y: sides.top }, { x: sides.right, y: sides.bottom });
}

export function toSegment(point: Point, a: Point, b: Point): number {
  const length = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  const along = length && ((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / length;
  const share = Math.max(0, Math.min(1, along));
  return distance(point, { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) });
}

/** Pairs of neighbouring corners; of a polygon also the last with the first. */
export function edges({ tool, points }: Shape): [Point, Point][] {
  const pairs = points
    .slice(1)
    .map((point, index): [Point, Point] => [points[index] as Point, point]);
  const [first, last] = [points[0], points.at(-1)];
  return tool === "polygon" && first && last ? [...pairs, [last, first]] : pairs;
}

export function isInside(point: Point, corners: readonly Point[]): boolean {
  let inside = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [a, b] = [corners[i] as Point, corners[j] as Point];
    const crosses = a.y > point.y !== b.y > point.y;
    if (crosses && point.x < ((b.x - a.x) * (point.y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

/**
 * The shape under a place: of several the smallest, because the larger can be hit elsewhere, and
 * of points the nearest.
 */
export function shapeAt(shapes: readonly Shape[], at: Point, reach: number): Shape | null {
  let [best, bestArea, bestAway]: [Shape | null, number, number] = [null, Infinity, Infinity];
  for (const shape of shapes) {
    const { left, top, right, bottom } = boundsOf(shape.points);
    const isNear =
      at.x >= left - reach &&
      at.x <= right + reach &&
      at.y >= top - reach &&
      at.y <= bottom + reach;
    if (!isNear || !isHit(shape, at, reach)) continue;
    const area = (right - left) * (bottom - top);
    const away = shape.tool === "point" ? distance(shape.points[0] as Point, at) : 0;
    // At equal size the later one lies on top.
    if (area < bestArea || (area === bestArea && away <= bestAway)) {
      [best, bestArea, bestAway] = [shape, area, away];
    }
  }
  return best;
}

function isHit(shape: Shape, at: Point, reach: number): boolean {
  if (shape.tool === "box") return true;
  if (shape.tool === "point") return distance(shape.points[0] as Point, at) <= reach * 1.5;
  if (shape.tool === "polygon" && isInside(at, shape.points)) return true;
  return edges(shape).some(([a, b]) => toSegment(at, a, b) <= reach);
}

/** The place in the list of corners where a new corner on the nearest edge belongs. */
export function edgeAt(shape: Shape, at: Point, reach: number): number | null {
  const near = edges(shape).findIndex(([a, b]) => toSegment(at, a, b) <= reach);
  return near < 0 ? null : near + 1;
}
