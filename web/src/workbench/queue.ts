/** The tasks in hand: the one on the screen and those ready behind it. */

import * as api from "../shared/api";
import { ApiError } from "../shared/api";
import type { Assignment } from "../shared/api";
import { type Draft, savedDraft } from "./drafts";
import type { AnyEditor } from "../editors/editor";
import { editorFor } from "../editors/registry";
import { type Media, loadMedia } from "../shared/media";
import { keptFor } from "./kept";
import { initialHistory } from "./proposal";

export interface ReadyTask {
  assignment: Assignment;
  /** Null when this workbench does not know the type. */
  editor: AnyEditor | null;
  media: Media;
  /** What was saved of it before. */
  saved: Draft | undefined;
  /** Whether its time ran out while there is work in it, and whether the server said so. */
  ranOut?: "away" | "lost";
  /** The handle under which its work was kept when it was lost before. */
  keptFrom?: string;
  /** The version of an answer that the server has, and that is to be corrected. */
  corrects?: number;
}

export interface QueueEvents {
  /** The tasks whose answer is on its way, and which the server may still count as lent. */
  answered: () => readonly string[];
  changed: () => void;
  sessionExpired: () => void;
  failed: (message: string) => void;
  /** Tasks in hand that are no longer lent to us, and from which nothing was kept on the screen. */
  lost: (tasks: readonly ReadyTask[]) => void;
  /** The tasks in hand as this device kept them, for a start without a connection. */
  kept: () => Promise<readonly Assignment[]>;
  /** Whether there is work in a task, so that it stays on the screen when it is lost. */
  hasWork: (task: ReadyTask) => boolean;
}

// One on the screen and three behind it, as the last answer waits a moment before it brings the
// next: enough for an annotator who needs under a second for each, and few enough that a closed
// browser does not sit on other people's work.
const IN_HAND = 4;
const POLL_MS = 4_000;
const RETRY_MS = 3_000;

function withLease(task: ReadyTask, until: string | null | undefined): ReadyTask {
  if (!until || until === task.assignment.expires_at) return task;
  const { ranOut: _, ...rest } = task;
  return { ...rest, assignment: { ...task.assignment, expires_at: until } };
}

export class TaskQueue {
  tasks: readonly ReadyTask[] = [];
  /** True when the server had nothing more at the last look. */
  isDry = false;
  isFilling = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  /** Whether tasks may be lent to us that we do not know of: at first, and after a lost reply. */
  private mayHoldMore = true;
  private hasBegun = false;
  /** Whether what is in hand comes from this device alone, and the server may know better. */
  private isFromDevice = false;

  constructor(
    private readonly annotatorId: string,
    private readonly events: QueueEvents,
  ) {}

  /** Ask for more until enough are in hand. */
  fill(): void {
    clearTimeout(this.timer);
    if (!this.isFilling && !this.stopped) void this.fillUp();
  }

  /** Remove a task that was answered or skipped; another comes with the reply, or by `fill`. */
  drop(assignmentId: string): void {
    this.set(this.tasks.filter((one) => one.assignment.assignment_id !== assignmentId));
  }

  /** Whether one more task is wanted that nobody has asked for yet. */
  get wantsOne(): boolean {
    return this.hasBegun && !this.isFilling && !this.stopped && this.tasks.length < IN_HAND;
  }

  /** Take the task that came with a reply to an answer, or null: none is open. */
  async receive(next: Assignment | null): Promise<void> {
    this.isDry = next === null;
    try {
      if (next) await this.ready(next);
    } catch (error) {
      return this.explain(error);
    }
    if (this.isDry) this.fillLater();
    else this.fill();
  }

  /** A task may be lent to us of which we have not heard: the next fill looks for it. */
  lookForMore(): void {
    this.mayHoldMore = true;
  }

  /** Put a task in front again, because its answer was refused. */
  putBack(task: ReadyTask): void {
    this.set([task, ...this.tasks]);
  }

  /** Keep the tasks in hand for longer, or let go of those that are no longer ours. */
  async renewAll(): Promise<void> {
    const held = this.tasks.filter(({ ranOut }) => ranOut !== "lost");
    const ids = held.map((one) => one.assignment.assignment_id);
    const renewed = await Promise.all(ids.map((id) => api.renew(id).catch(() => null)));
    const until = new Map(ids.map((id, index) => [id, renewed[index]]));
    this.set(this.tasks.map((one) => withLease(one, until.get(one.assignment.assignment_id))));
    if (renewed.includes(null)) await this.dropLost();
  }

  /** Whether a lease has run out, as far as this device's clock can tell. */
  hasRunOut(now: number): boolean {
    return this.tasks.some((one) => one.ranOut !== "lost" && isOver(one, now));
  }

  /** Note whose lease has run out while nobody was there to have it renewed. */
  markRunOut(now: number): void {
    const marked = (one: ReadyTask) => one.ranOut !== undefined || !isOver(one, now);
    if (this.tasks.every(marked)) return;
    this.set(this.tasks.map((one) => (marked(one) ? one : { ...one, ranOut: "away" })));
  }

  /** Drop the tasks that are no longer lent to us; what holds work stays on the screen. */
  async dropLost(): Promise<void> {
    // Only those in hand before asking: one that is lent meanwhile is not in the answer.
    const before = new Set(this.tasks);
    const held = await api.heldAssignments().catch(() => null);
    if (!held || this.stopped) return;
    const until = new Map(held.map((one) => [one.assignment_id, one.expires_at]));
    const isOurs = (one: ReadyTask) => !before.has(one) || until.has(one.assignment.assignment_id);
    const lost = this.tasks.filter((one) => !isOurs(one));
    const stays = lost.find((one) => one === this.tasks[0] && this.events.hasWork(one));
    this.set(
      this.tasks
        .filter((one) => isOurs(one) || one === stays)
        .map((one) =>
          one === stays
            ? { ...one, ranOut: "lost" as const }
            : withLease(one, until.get(one.assignment.assignment_id)),
        ),
    );
    const gone = lost.filter((one) => one !== stays);
    if (gone.length) this.events.lost(gone);
    this.fill();
  }

  /** Fetch again what could not be had: the line or the session is back. */
  async refetchMissing(): Promise<void> {
    for (const task of this.tasks.filter(({ media }) => media.missing.size > 0)) {
      const { assignment, editor } = task;
      const media = await loadMedia(assignment, editor?.attachments(assignment.params) ?? []);
      this.set(this.tasks.map((one) => (one === task ? { ...task, media } : one)));
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private set(tasks: readonly ReadyTask[]): void {
    this.tasks = tasks;
    this.events.changed();
  }

  private async fillUp(): Promise<void> {
    this.isFilling = true;
    try {
      if (this.mayHoldMore) await this.takeUpHeld();
      while (this.tasks.length < IN_HAND && !this.stopped) {
        const wanted = IN_HAND - this.tasks.length;
        const taken = await api.takeAssignments(wanted);
        // One after the other, so that the first can be worked on while the rest arrive.
        for (const assignment of taken) await this.ready(assignment);
        this.isDry = taken.length < wanted;
        if (this.isDry) break;
      }
      if (this.isDry) this.fillLater();
    } catch (error) {
      await this.takeUpKept();
      this.explain(error);
    } finally {
      this.isFilling = false;
      this.events.changed();
    }
  }

  /** Take up the tasks lent to us that are not in hand, except those that were answered. */
  private async takeUpHeld(): Promise<void> {
    // The reply may be older than an answer given while it is on its way.
    const before = this.settledIds();
    const held = await api.heldAssignments();
    const settled = new Set([...before, ...this.settledIds()]);
    const open = held.filter((one) => !settled.has(one.assignment_id));
    // One after the other, so that the first can be worked on while the rest arrive.
    for (const assignment of open) await this.ready(assignment);
    this.mayHoldMore = false;
    this.hasBegun = true;
    if (this.isFromDevice) await this.dropLost();
    this.isFromDevice = false;
  }

  /** Go on with what this device has, where the server could not be asked at the start. */
  private async takeUpKept(): Promise<void> {
    if (this.hasBegun || this.isFromDevice) return;
    this.isFromDevice = true;
    // What cannot be shown without a connection is not shown.
    for (const one of await this.events.kept()) await this.ready(one).catch(() => undefined);
  }

  private fillLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fill(), POLL_MS);
    this.events.changed();
  }

  private settledIds(): Set<string> {
    const inHand = this.tasks.map((one) => one.assignment.assignment_id);
    return new Set([...inHand, ...this.events.answered()]);
  }

  private explain(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) return this.events.sessionExpired();
    // A reply that was lost may have brought a task: it is looked for before another is asked for.
    if (error.isPassing) this.mayHoldMore = true;
    // Once work has begun, the status line tells of a line that is down; too many held is no news
    // either: the answers on their way free some, and `fill` is called for each.
    const isNews = error.isPassing ? !this.hasBegun : error.status !== 409;
    if (isNews) this.events.failed(error.message);
    const seconds = error.retryAfterSeconds;
    this.timer = setTimeout(() => this.fill(), seconds ? seconds * 1000 : RETRY_MS);
  }

  private async ready(assignment: Assignment): Promise<void> {
    const isKnown = () => this.settledIds().has(assignment.assignment_id);
    if (isKnown()) return;
    const editor = await editorFor(assignment.type).catch(() => {
      throw new ApiError(0, "The editor for this task could not be fetched.");
    });
    const task = await made(this.annotatorId, assignment, editor);
    // It may have been answered, or taken up by another way, while its pictures came.
    if (!this.stopped && !isKnown()) this.set([...this.tasks, task]);
  }
}

async function made(
  annotatorId: string,
  assignment: Assignment,
  editor: AnyEditor | null,
): Promise<ReadyTask> {
  const attachments = editor?.attachments(assignment.params) ?? [];
  const media = await loadMedia(assignment, attachments);
  if (!editor) return { assignment, editor, media, saved: undefined };
  const saved = await savedDraft(annotatorId, assignment, editor);
  if (saved) return { assignment, editor, media, saved };
  const kept = await keptFor(annotatorId, assignment);
  if (!kept) return { assignment, editor, media, saved };
  const value = editor.restore(assignment.params, kept.response);
  const past = [initialHistory(editor, assignment).present];
  const taken: Draft = { value, version: 0, past, isUnsent: true };
  return { assignment, editor, media, saved: taken, keptFrom: kept.assignment_id };
}

function isOver({ assignment }: ReadyTask, now: number): boolean {
  return Date.parse(assignment.expires_at) < now;
}
