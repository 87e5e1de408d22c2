/** Work whose task was lost: kept on this device and offered, rather than dropped. */

import type { Assignment } from "../shared/api";
import { deleteLocal, readAllLocal, writeLocal } from "../shared/local-store";
import { taskKey } from "./task-key";

export interface KeptWork {
  annotator_id: string;
  assignment_id: string;
  type: string;
  /** Of the task, whichever handle it has: see `taskKey`. */
  key: string;
  response: unknown;
  at: number;
  /** Why it could not be handed in, for the annotator. */
  why: string;
}

const KEPT_MAX = 20;
// The work of others on the task has long been weighed by then.
const KEPT_MS_MAX = 14 * 24 * 60 * 60_000;

/** What is kept of an annotator's, newest first; what is too old is forgotten. */
async function keptWorks(annotatorId: string, now: number): Promise<KeptWork[]> {
  const all = await readAllLocal<KeptWork>("kept").catch(() => []);
  const own = all
    .filter((one) => one.annotator_id === annotatorId)
    .sort((one, other) => other.at - one.at);
  const good = own.filter(({ at }) => now - at < KEPT_MS_MAX).slice(0, KEPT_MAX);
  for (const one of own) if (!good.includes(one)) await forgetKept(one.assignment_id);
  return good;
}

async function keepWork(work: KeptWork): Promise<void> {
  await writeLocal("kept", work.assignment_id, work).catch(() => undefined);
}

async function forgetKept(assignmentId: string): Promise<void> {
  await deleteLocal("kept", assignmentId).catch(() => undefined);
}

/** What was kept of the very task that is lent again, if anything. */
export async function keptFor(
  annotatorId: string,
  assignment: Assignment,
): Promise<KeptWork | undefined> {
  const all = await readAllLocal<KeptWork>("kept").catch(() => []);
  const own = all.filter((one) => one.annotator_id === annotatorId);
  if (!own.length) return undefined;
  const key = taskKey(assignment);
  return own.sort((one, other) => other.at - one.at).find((one) => one.key === key);
}

/** What is kept of one annotator's, as long as the page is open. */
export class KeptShelf {
  works: readonly KeptWork[] = [];

  constructor(
    private readonly annotatorId: string,
    private readonly changed: () => void,
  ) {}

  async load(): Promise<void> {
    this.works = await keptWorks(this.annotatorId, Date.now());
    this.changed();
  }

  async keep(work: Omit<KeptWork, "annotator_id" | "at">): Promise<void> {
    await keepWork({ ...work, annotator_id: this.annotatorId, at: Date.now() });
    await this.load();
  }

  async forget(assignmentId: string): Promise<void> {
    await forgetKept(assignmentId);
    await this.load();
  }
}
