/** The workbench's state outside React: tasks in hand, answers on their way, the session. */

import * as api from "../shared/api";
import { ApiError } from "../shared/api";
import type { Annotator, Assignment, Feedback, SkipReason } from "../shared/api";
import { forgetDraft } from "./drafts";
import { release } from "../shared/media";
import { Outbox, type OutgoingAnswer } from "./outbox";
import { type ReadyTask, TaskQueue } from "./queue";
import { uuid } from "../shared/uuid";

/** A lesson that was answered, and what was expected. */
export interface LessonFeedback {
  task: ReadyTask;
  feedback: Feedback;
}

export interface WorkbenchState {
  current: ReadyTask | null;
  /** What is to be looked at before work goes on. */
  lessonFeedback: LessonFeedback | null;
  /** Whether nothing is in hand and the server had nothing either. */
  isEmpty: boolean;
  waiting: number;
  offline: boolean;
  expired: boolean;
  notice: string | null;
  /** Whether the notice is news, and tells of nothing that went wrong. */
  isNews: boolean;
  done: number;
  activeMs: number;
}

const RENEW_MS = 5 * 60_000;
// Whoever comes back from a pause should soon learn which tasks are no longer theirs.
const LOOK_MS = 10_000;
const STATS_KEY = "evenhand.session";
// Answered tasks are remembered in case the server refuses the answer.
const REMEMBERED_MAX = 20;

export class Workbench {
  state: WorkbenchState;
  private readonly listeners = new Set<() => void>();
  private readonly queue: TaskQueue;
  private readonly outbox: Outbox;
  private readonly looking: ReturnType<typeof setInterval>;
  private sent: ReadyTask[] = [];
  private lessonFeedback: LessonFeedback | null = null;
  /** The lesson whose answer is on its way: what was expected comes before the next task. */
  private awaitedLesson: string | null = null;
  /** The task on the screen, of which the server knows that it is shown. */
  private shownId: string | null = null;
  private expired = false;
  private notice: string | null = null;
  private isNews = false;
  private stats = readStats();

  constructor(
    readonly annotator: Annotator,
    isActive: () => boolean,
  ) {
    this.queue = new TaskQueue(annotator.annotator_id, {
      answered: () => this.outbox.waiting.map((one) => one.assignment_id),
      changed: () => this.changed(),
      sessionExpired: () => this.expire(),
      failed: (message) => this.say(message),
      lost: () => this.say("The time for a task ran out, and it went back to the queue."),
    });
    this.outbox = new Outbox(annotator.annotator_id, {
      changed: () => this.changed(),
      wantsNext: () => this.queue.wantsOne,
      nextLost: () => this.queue.lookForMore(),
      accepted: (sent, next) => void this.accepted(sent, next),
      refused: (sent, error) => this.refused(sent, error),
      sessionExpired: () => this.expire(),
    });
    this.state = this.snapshot();
    let renewedAt = Date.now();
    this.looking = setInterval(() => {
      const now = Date.now();
      if (!isActive()) return;
      if (this.queue.hasRunOut(now)) void this.queue.dropLost();
      else if (now - renewedAt > RENEW_MS) {
        renewedAt = now;
        void this.queue.renewAll();
      }
    }, LOOK_MS);
    addEventListener("online", this.retry);
  }

  async start(): Promise<void> {
    await this.outbox.load().catch(() => undefined);
    this.queue.fill();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Hand in an answer: the next task is on the screen before this one is at the server. */
  submit(task: ReadyTask, value: unknown, activeMs: number): void {
    // What cannot be shown can only be skipped.
    if (!task.editor) return;
    const response = task.editor.response(task.assignment.params, value);
    const answered = { ...task, saved: { value, version: task.saved?.version ?? 0 } };
    if (task.assignment.lesson) this.awaitedLesson = task.assignment.assignment_id;
    this.send(answered, {
      submission: { annotation_id: uuid(), response, active_ms: activeMs },
    });
    this.count(1, activeMs);
  }

  skip(task: ReadyTask, reason: SkipReason, comment: string, activeMs: number): void {
    this.send(task, { skip: comment ? { reason, comment } : { reason } });
    this.count(0, activeMs);
  }

  /** The annotator has seen what a lesson expected. */
  readonly goOn = (): void => {
    if (this.lessonFeedback) release(this.lessonFeedback.task.media);
    this.lessonFeedback = null;
    this.changed();
  };

  say(notice: string | null): void {
    this.show(notice, false);
  }

  /** Tell something that went well, where `say` warns. */
  tell(news: string): void {
    this.show(news, true);
  }

  private show(notice: string | null, isNews: boolean): void {
    if (notice === this.notice) return;
    this.notice = notice;
    this.isNews = isNews;
    this.changed();
  }

  expire = (): void => {
    this.expired = true;
    this.changed();
  };

  /** The annotator signed in again, or the line is back: send and fetch what waited. */
  readonly retry = (): void => {
    this.expired = false;
    this.outbox.flush();
    this.queue.fill();
    void this.queue.refetchMissing();
    this.changed();
  };

  stop(): void {
    this.queue.stop();
    this.outbox.stop();
    clearInterval(this.looking);
    removeEventListener("online", this.retry);
  }

  private send(task: ReadyTask, answer: Pick<OutgoingAnswer, "submission" | "skip">): void {
    const { assignment_id } = task.assignment;
    this.sent = [...this.sent, task].slice(-REMEMBERED_MAX);
    this.notice = null;
    this.queue.drop(assignment_id);
    this.outbox.add({
      annotator_id: this.annotator.annotator_id,
      assignment_id,
      at: Date.now(),
      ...answer,
    });
    // With an answer comes the next task; with a skip, or while the line is down, it does not.
    if (answer.skip) this.queue.fill();
  }

  private async accepted(
    { assignment_id, submission }: OutgoingAnswer,
    next?: Assignment | null,
  ): Promise<void> {
    if (next === undefined) this.queue.fill();
    else void this.queue.receive(next);
    const done = this.sent.find((one) => one.assignment.assignment_id === assignment_id);
    if (done?.assignment.lesson && submission) await this.fetchLessonFeedback(done);
    else if (done) release(done.media);
    this.sent = this.sent.filter((one) => one.assignment.assignment_id !== assignment_id);
    await forgetDraft(assignment_id);
  }

  private async fetchLessonFeedback(task: ReadyTask): Promise<void> {
    try {
      this.lessonFeedback = { task, feedback: await api.feedback(task.assignment.assignment_id) };
      this.notice = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      release(task.media);
      this.isNews = false;
      this.notice = `What was expected could not be fetched: ${error.message}`;
    }
    this.awaitedLesson = null;
    this.changed();
  }

  private refused(outgoing: OutgoingAnswer, error: ApiError): void {
    if (this.awaitedLesson === outgoing.assignment_id) this.awaitedLesson = null;
    const task = this.sent.find((one) => one.assignment.assignment_id === outgoing.assignment_id);
    if (error.status === 422 && task) {
      this.queue.putBack(task);
      this.count(-1, 0);
      this.say(`This answer was sent back: ${error.message}`);
      return;
    }
    this.say(`An answer could not be taken: ${error.message}`);
    // Whatever else was in hand then may be gone as well.
    void this.queue.dropLost();
    void forgetDraft(outgoing.assignment_id);
  }

  private count(tasks: number, activeMs: number): void {
    this.stats = { done: this.stats.done + tasks, activeMs: this.stats.activeMs + activeMs };
    sessionStorage.setItem(STATS_KEY, JSON.stringify(this.stats));
    this.changed();
  }

  private changed(): void {
    this.state = this.snapshot();
    this.tellShown(this.state.current);
    for (const listener of this.listeners) listener();
  }

  /** What was lent ahead counts as seen from the moment when it is on the screen. */
  private tellShown(current: ReadyTask | null): void {
    const id = current?.assignment.assignment_id ?? null;
    if (id === this.shownId) return;
    this.shownId = id;
    if (id === null || current?.assignment.shown) return;
    api.shown(id).catch((error: unknown) => {
      // Its answer says the same; but what is no longer ours is not to be worked on.
      if (error instanceof ApiError && error.status === 409) void this.queue.dropLost();
    });
  }

  private snapshot(): WorkbenchState {
    // Without a connection there is nothing to wait for: work goes on with what is in hand.
    const isInLesson =
      this.lessonFeedback !== null || (this.awaitedLesson !== null && !this.outbox.offline);
    const current = isInLesson ? null : (this.queue.tasks[0] ?? null);
    return {
      current,
      lessonFeedback: this.lessonFeedback,
      isEmpty: !isInLesson && !current && this.queue.isDry,
      waiting: this.outbox.waiting.length,
      offline: this.outbox.offline,
      expired: this.expired,
      notice: this.notice,
      isNews: this.isNews,
      ...this.stats,
    };
  }
}

function readStats(): { done: number; activeMs: number } {
  const nothing = { done: 0, activeMs: 0 };
  try {
    return { ...nothing, ...(JSON.parse(sessionStorage.getItem(STATS_KEY) ?? "{}") as object) };
  } catch {
    return nothing;
  }
}

/** Sign out: what was not sent stays on this device for the next sign-in. */
export async function leave(workbench: Workbench): Promise<void> {
  workbench.stop();
  await api.signOut().catch(() => undefined);
}
