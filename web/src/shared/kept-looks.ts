/** How near the annotator looked at the last task of each kind; the next one begins like that. */

import { type Look, WHOLE } from "./viewport";

// Few people work on more kinds of tasks in one sitting.
const KINDS_MAX = 50;
const looks = new Map<string, Look>();

export function keptLook(kind: string): Look {
  return looks.get(kind) ?? WHOLE;
}

export function keepLook(kind: string, look: Look): void {
  // Taken out first, so that the one used last is the last to be forgotten.
  looks.delete(kind);
  looks.set(kind, look);
  const [oldest] = looks.keys();
  if (looks.size > KINDS_MAX && oldest !== undefined) looks.delete(oldest);
}
