/** How much an answer may hold, as the server counts it; told while it is drawn, not at the end. */

import type { Params, Shape } from "./shapes";

// A test compares it with the server's.
export const SHAPES_MAX = 1_000;
const VERTICES_MAX = 10_000;

const MANY = SHAPES_MAX.toLocaleString("en");
export const FULL = `An answer may have ${MANY} shapes, and this one has them.`;
export const LAST = `That was the last: an answer may have ${MANY} shapes.`;
export const OVERFULL = `An answer may have ${MANY} shapes; remove some.`;

/** How many corners a shape of this kind may have. */
export function cornersMax(params: Params, { tool }: Shape): number {
  return params.geometries[tool]?.max_vertices ?? VERTICES_MAX;
}
