/** Tells a task by what it asks, for it has another handle each time that it is lent. */

import type { Assignment } from "../shared/api";

/** The same for the same type, params and instruction; 53 bits of no secret worth (cyrb53). */
export function taskKey({ type, params, instruction }: TaskAsked): string {
  const text = JSON.stringify([type, params, instruction]);
  let [low, high] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 2654435761);
    high = Math.imul(high ^ unit, 1597334677);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return `${type} ${(4294967296 * (2097151 & high) + (low >>> 0)).toString(36)} ${text.length}`;
}

type TaskAsked = Pick<Assignment, "type" | "params" | "instruction">;
