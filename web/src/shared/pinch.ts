/** Two fingers: how far they went together, and how far apart. */

import { distance, type Point } from "./viewport";

export class Pinch {
  private readonly fingers = new Map<number, Point>();

  /** Whether this is not the only finger. */
  down(id: number, at: Point): boolean {
    this.fingers.set(id, at);
    return this.fingers.size >= 2;
  }

  move(id: number, at: Point): { by: Point; factor: number; middle: Point } | null {
    const before = this.fingers.get(id);
    if (!before) return null;
    this.fingers.set(id, at);
    if (this.fingers.size !== 2) return null;
    const other = [...this.fingers].find(([finger]) => finger !== id)?.[1] as Point;
    const apart = Math.max(1, distance(before, other));
    return {
      by: { x: (at.x - before.x) / 2, y: (at.y - before.y) / 2 },
      factor: distance(at, other) / apart,
      middle: { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 },
    };
  }

  up(id: number): void {
    this.fingers.delete(id);
  }
}
