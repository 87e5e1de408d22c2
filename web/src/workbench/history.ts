/** Undo and redo over immutable values; each step is one action of the annotator. */

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** What the last step belongs to, and when it was made: typing in one field is one step. */
  readonly group: string | null;
  readonly at: number;
}

// Values share what did not change, so a long past costs little; this bounds it all the same.
const STEPS_MAX = 500;
// Typing that rests longer than this starts a new step.
const GROUP_MS = 1000;

export function started<T>(present: T, past: readonly T[] = []): History<T> {
  return { past, present, future: [], group: null, at: 0 };
}

/** The history after one more action; actions of one group close together are one step. */
export function acted<T>(
  history: History<T>,
  present: T,
  { group = null, now = 0 }: { group?: string | null; now?: number } = {},
): History<T> {
  if (present === history.present) return history;
  const goesOn = group !== null && group === history.group && now - history.at < GROUP_MS;
  const past = goesOn ? history.past : [...history.past, history.present].slice(-STEPS_MAX);
  return { past, present, future: [], group, at: now };
}

export function undone<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: before,
    future: [history.present, ...history.future],
    group: null,
    at: 0,
  };
}

export function redone<T>(history: History<T>): History<T> {
  const [after, ...rest] = history.future;
  if (after === undefined) return history;
  return {
    past: [...history.past, history.present],
    present: after,
    future: rest,
    group: null,
    at: 0,
  };
}
