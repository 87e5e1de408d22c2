import type { Point } from "../../shared/viewport";

/** The arrow keys, and which way each goes. */
export const ARROWS: readonly (readonly [string, Point])[] = [
  ["ArrowLeft", { x: -1, y: 0 }],
  ["ArrowRight", { x: 1, y: 0 }],
  ["ArrowUp", { x: 0, y: -1 }],
  ["ArrowDown", { x: 0, y: 1 }],
];
