/** Which tasks were answered here: none of them is shown again, and the last can be reopened. */

import { deleteLocal, readAllLocal, writeLocal } from "../shared/local-store";

export interface Answered {
  annotator_id: string;
  assignment_id: string;
  type: string;
  at: number;
  isSkip: boolean;
  isLesson: boolean;
  /** How it begins, in words. */
  words: string;
}

// A list of what is held may be this much older than the answers given since.
const REMEMBERED_MAX = 50;
const REOPENED_MAX = 10;
const WORDS_MAX = 120;
const JUST_KEY = "evenhand.answered";
// An answer that was lost all the same comes back after that, with what was saved of it.
const JUST_MS_MAX = 60_000;
type Just = readonly [id: string, at: number];

function readJust(): Just[] {
  try {
    const all: unknown = JSON.parse(sessionStorage.getItem(JUST_KEY) ?? "[]");
    return Array.isArray(all) ? (all as Just[]) : [];
  } catch {
    return [];
  }
}

export class AnsweredLog {
  private all: readonly Answered[] = [];
  /** Written without waiting: whoever reloads within that moment has answered all the same. */
  private justAnswered: readonly Just[] = [];

  constructor(private readonly annotatorId: string) {}

  async load(): Promise<void> {
    this.justAnswered = readJust();
    const all = await readAllLocal<Answered>("answered");
    const own = all.filter((one) => one.annotator_id === this.annotatorId);
    this.all = own.sort((one, other) => one.at - other.at).slice(-REMEMBERED_MAX);
  }

  add(answered: Omit<Answered, "annotator_id" | "words">, lines: readonly string[]): void {
    const words = lines.join("; ").slice(0, WORDS_MAX);
    const one = { ...answered, annotator_id: this.annotatorId, words };
    this.all = [...this.without(one.assignment_id), one];
    this.setJust([...this.justAnswered, [one.assignment_id, one.at]]);
    writeLocal("answered", one.assignment_id, one).catch(() => undefined);
    for (const old of this.all.slice(0, -REMEMBERED_MAX)) this.forget(old.assignment_id);
  }

  /** It was not taken, or taken back. */
  forget(assignmentId: string): void {
    this.all = this.without(assignmentId);
    this.setJust(this.justAnswered.filter(([id]) => id !== assignmentId));
    deleteLocal("answered", assignmentId).catch(() => undefined);
  }

  get ids(): string[] {
    const now = Date.now();
    const just = this.justAnswered.filter(([, at]) => now - at < JUST_MS_MAX);
    return [...this.all.map((one) => one.assignment_id), ...just.map(([id]) => id)];
  }

  /** The last ten that can be looked at again, newest first. */
  get recent(): Answered[] {
    return this.all
      .filter((one) => !one.isLesson)
      .slice(-REOPENED_MAX)
      .toReversed();
  }

  /** Nobody is signed in any more: what they answered is theirs. */
  async clear(): Promise<void> {
    await Promise.all(this.ids.map((id) => deleteLocal("answered", id).catch(() => undefined)));
    this.all = [];
    this.setJust([]);
  }

  private setJust(just: readonly Just[]): void {
    this.justAnswered = just.slice(-REOPENED_MAX);
    sessionStorage.setItem(JUST_KEY, JSON.stringify(this.justAnswered));
  }

  private without(assignmentId: string): Answered[] {
    return this.all.filter((one) => one.assignment_id !== assignmentId);
  }
}
