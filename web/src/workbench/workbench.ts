/** The workbench's state outside React: tasks in hand, answers on their way, the session. */

import * as api from "../shared/api";
import { ApiError } from "../shared/api";
import type { Annotator, Assignment, Feedback, SkipReason, TaskResponse } from "../shared/api";
import { type Answered, AnsweredLog } from "./answered";
import { type Draft, draftsOf, forgetDraft, savedDraft } from "./drafts";
import { KeptShelf, type KeptWork } from "./kept";
import { release } from "../shared/media";
import { forgetHeld, InHand, keptHeld } from "./offline";
import { answeredTask, skippedTask } from "./reopen";
import { answerWords } from "../editors/words";
import { taskKey } from "./task-key";
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
  /** Whether the last answer or skip has not been sent yet, so that it can be taken back here. */
  canTakeBack: boolean;
  /** How much work waits whose task was lost. */
  kept: number;
  done: number;
  activeMs: number;
}

const RENEW_MS = 5 * 60_000;
// Whoever comes back from a pause should learn at once which tasks are no longer theirs.
const LOOK_MS = 1_000;
const ASK_MS = 10_000;
/** A slip is noticed as the next task comes: until then nobody else has seen the answer. */
export const HOLD_MS = 3_000;
const STATS_KEY = "evenhand.session";
// Answered tasks are remembered in case the server refuses the answer.
const REMEMBERED_MAX = 20;

export class Workbench {
  state: WorkbenchState;
  private readonly listeners = new Set<() => void>();
  private readonly queue: TaskQueue;
  private readonly outbox: Outbox;
  private readonly log: AnsweredLog;
  private readonly worked = new Set<string>();
  private readonly seen = new Set<string>();
  private correction: ReadyTask | null = null;
  private readonly kept: KeptShelf;
  private readonly inHand: InHand;
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
    this.log = new AnsweredLog(annotator.annotator_id);
    this.inHand = new InHand(annotator.annotator_id);
    this.kept = new KeptShelf(annotator.annotator_id, () => this.changed());
    this.queue = new TaskQueue(annotator.annotator_id, {
      answered: () => [...this.log.ids, ...this.outbox.waiting.map((one) => one.assignment_id)],
      changed: () => this.changed(),
      sessionExpired: () => this.expire(),
      failed: (message) => this.say(message),
      lost: (tasks) => void this.lost(tasks),
      kept: () => keptHeld(annotator.annotator_id),
      hasWork: ({ assignment, saved }) => !!saved || this.worked.has(assignment.assignment_id),
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
    this.looking = this.look(isActive);
    document.addEventListener("visibilitychange", this.hidden);
    addEventListener("online", this.retry);
  }

  async start(): Promise<void> {
    await this.log.load().catch(() => undefined);
    await this.outbox.load().catch(() => undefined);
    await this.kept.load();
    this.queue.fill();
  }

  /** Keep what is in hand for as long as somebody is there, and say at once when time is up. */
  private look(isActive: () => boolean): ReturnType<typeof setInterval> {
    let [renewedAt, askedAt] = [Date.now(), 0];
    return setInterval(() => {
      const now = Date.now();
      const hasRunOut = this.queue.hasRunOut(now);
      if (!isActive()) {
        if (hasRunOut) this.queue.markRunOut(now);
      } else if (hasRunOut ? now - askedAt > ASK_MS : now - renewedAt > RENEW_MS) {
        renewedAt = askedAt = now;
        void this.queue.renewAll();
      }
    }, LOOK_MS);
  }

  private readonly hidden = (): void => {
    if (document.visibilityState === "hidden") this.outbox.leave();
  };

  /** The server does not keep a draft any more: the task may be lost. */
  draftLost(): void {
    void this.queue.dropLost();
  }

  /** Somebody has worked on a task, and the work is not to be lost with its lease. */
  noteWork(assignmentId: string): void {
    this.worked.add(assignmentId);
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
    if (task.corrects !== undefined) return this.correct(task, response, activeMs);
    const answered = { ...task, saved: answeredWith(task, value) };
    if (task.assignment.lesson) this.awaitedLesson = task.assignment.assignment_id;
    this.send(answered, {
      submission: { annotation_id: uuid(), response, active_ms: activeMs },
    });
    this.count(1, activeMs);
    this.tell("Handed in. Shift+r takes it back.");
  }

  skip(task: ReadyTask, reason: SkipReason, comment: string, activeMs: number): void {
    if (task.corrects !== undefined) return this.leaveCorrection();
    this.send(task, { skip: comment ? { reason, comment } : { reason } });
    this.count(0, activeMs);
    this.tell("Skipped. Shift+r takes it back.");
  }

  /** Take back the answer or skip that was just given, if it has not been sent yet. */
  takeBack(): boolean {
    const last = this.sent.at(-1);
    const taken = last && this.outbox.takeBack(last.assignment.assignment_id);
    if (!last || !taken) return false;
    this.sent = this.sent.slice(0, -1);
    this.log.forget(taken.assignment_id);
    if (this.awaitedLesson === taken.assignment_id) this.awaitedLesson = null;
    if (taken.submission) this.count(-1, -(taken.submission.active_ms ?? 0));
    void this.putBack(last, taken.skip !== undefined);
    this.tell(taken.skip ? "The skip was taken back." : "The answer was taken back.");
    return true;
  }

  private async putBack(task: ReadyTask, isSkip: boolean): Promise<void> {
    const { assignment, editor } = task;
    if (!isSkip || !editor) return this.queue.putBack(task);
    // What was begun of it before it was skipped.
    const saved = await savedDraft(this.annotator.annotator_id, assignment, editor);
    this.queue.putBack({ ...task, saved });
  }

  /** The last ten answers and skips that can be looked at again, newest first. */
  get answers(): Answered[] {
    return this.log.recent;
  }

  get keptWork(): readonly KeptWork[] {
    return this.kept.works;
  }

  /** Put an earlier answer on the screen to be corrected, or a skipped task to be done. */
  async reopen({ assignment_id, isSkip }: Answered): Promise<void> {
    if (this.sent.at(-1)?.assignment.assignment_id === assignment_id && this.takeBack()) return;
    if (isSkip) {
      const task = await skippedTask(this.annotator.annotator_id, assignment_id);
      this.log.forget(assignment_id);
      this.queue.putBack(task);
      return this.tell("The skip was taken back.");
    }
    this.correction = await answeredTask(assignment_id);
    this.show(null, false);
    this.changed();
  }

  /** Leave an answer that was reopened as it is. */
  readonly leaveCorrection = (): void => {
    if (this.correction) release(this.correction.media);
    this.correction = null;
    this.changed();
  };

  private correct(task: ReadyTask, response: TaskResponse, activeMs: number): void {
    const { annotator_id } = this.annotator;
    const { assignment_id } = task.assignment;
    this.leaveCorrection();
    this.outbox.add({
      annotator_id,
      assignment_id,
      at: Date.now(),
      revision: { revision: task.corrects ?? 0, response, active_ms: activeMs },
    });
    this.log.add(logged(task, false), wordsOf(task, response));
    this.tell("The correction was handed in.");
  }

  /** Work that could not be handed in goes out of sight for good. */
  throwAway({ assignment_id }: KeptWork): void {
    void this.kept.forget(assignment_id);
  }

  /** Try again to hand in work whose task was lost; the server decides. */
  handInKept(work: KeptWork): void {
    this.throwAway(work);
    const { annotator_id, assignment_id } = work;
    const response = work.response as TaskResponse;
    const submission = { annotation_id: uuid(), response, active_ms: 0 };
    this.outbox.add({ annotator_id, assignment_id, at: Date.now(), submission });
  }

  /** Leave a lost task: what was done of it is kept. */
  readonly leaveLost = (task: ReadyTask): void => {
    this.queue.drop(task.assignment.assignment_id);
    void this.lost([task]);
    this.queue.fill();
  };

  /** What is no longer ours: said, and kept where there is work in it. */
  private async lost(tasks: readonly ReadyTask[]): Promise<void> {
    const ids = new Set(tasks.map(({ assignment }) => assignment.assignment_id));
    const drafts = (await draftsOf(this.annotator.annotator_id)).filter(
      ({ assignment_id }) => assignment_id !== undefined && ids.has(assignment_id),
    );
    for (const draft of drafts) {
      const task = tasks.find((one) => one.assignment.assignment_id === draft.assignment_id);
      if (task) await this.keep(task, draft.response, "Its time ran out.");
    }
    for (const { media } of tasks) release(media);
    const isOver = tasks.some(({ assignment }) => Date.parse(assignment.expires_at) < Date.now());
    // Of what nobody has seen there is nothing to say.
    const isSeen = tasks.some(({ assignment }) => this.seen.has(assignment.assignment_id));
    // What was kept of an answer is more to know than that another task went.
    if (this.notice !== null && !this.isNews) return;
    if (drafts.length) this.say("A task is no longer yours. Your work on it is kept: Shift+r.");
    else if (isSeen && isOver) {
      this.say("The time for a task ran out, and it went back to the queue.");
    } else if (isSeen) this.say("A task was taken back, or answered elsewhere.");
  }

  private async keep({ assignment }: ReadyTask, response: unknown, why: string): Promise<void> {
    const { assignment_id, type } = assignment;
    await this.kept.keep({ assignment_id, type, key: taskKey(assignment), response, why });
    await forgetDraft(assignment_id);
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

  /** Nobody is signed in any more: which tasks were answered is no concern of the next. */
  async forgetAnswers(): Promise<void> {
    await this.log.clear();
    await forgetHeld(this.annotator.annotator_id);
  }

  stop(): void {
    this.queue.stop();
    this.inHand.stop();
    this.outbox.stop();
    clearInterval(this.looking);
    document.removeEventListener("visibilitychange", this.hidden);
    removeEventListener("online", this.retry);
  }

  private send(task: ReadyTask, answer: Pick<OutgoingAnswer, "submission" | "skip">): void {
    const { assignment_id } = task.assignment;
    this.sent = [...this.sent, task].slice(-REMEMBERED_MAX);
    this.notice = null;
    this.queue.drop(assignment_id);
    const { skip, submission } = answer;
    this.log.add(logged(task, skip !== undefined), wordsOf(task, submission?.response));
    const outgoing = { annotator_id: this.annotator.annotator_id, assignment_id, at: Date.now() };
    // What was expected of a lesson follows at once, and is not known before the answer is given.
    this.outbox.add({ ...outgoing, ...answer }, task.assignment.lesson ? 0 : HOLD_MS);
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
    this.worked.delete(assignment_id);
    this.seen.delete(assignment_id);
    if (done?.keptFrom) void this.kept.forget(done.keptFrom);
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
    const { assignment_id } = outgoing;
    if (outgoing.revision) {
      this.say(`The correction could not be taken, and the answer stands: ${error.message}`);
      return;
    }
    this.log.forget(assignment_id);
    if (this.awaitedLesson === outgoing.assignment_id) this.awaitedLesson = null;
    const task = this.sent.find((one) => one.assignment.assignment_id === outgoing.assignment_id);
    if (error.status === 422 && task) {
      this.queue.putBack(task);
      this.count(-1, 0);
      this.say(`This answer was sent back: ${error.message}`);
      return;
    }
    // Whatever else was in hand then may be gone as well.
    void this.queue.dropLost();
    if (outgoing.submission) void this.keepRefused(outgoing, task, error);
    else this.say(`A skip could not be taken: ${error.message}`);
  }

  private async keepRefused(
    { assignment_id, submission }: OutgoingAnswer,
    task: ReadyTask | undefined,
    error: ApiError,
  ): Promise<void> {
    const { annotator_id } = this.annotator;
    const draft = (await draftsOf(annotator_id)).find((one) => one.assignment_id === assignment_id);
    const type = task?.assignment.type ?? draft?.type ?? "";
    const key = task ? taskKey(task.assignment) : (draft?.key ?? "");
    const [response, why] = [submission?.response, error.message];
    await this.kept.keep({ assignment_id, type, key, response, why });
    await forgetDraft(assignment_id);
    this.say(`An answer could not be taken, and is kept (Shift+r): ${error.message}`);
  }

  private count(tasks: number, activeMs: number): void {
    this.stats = { done: this.stats.done + tasks, activeMs: this.stats.activeMs + activeMs };
    sessionStorage.setItem(STATS_KEY, JSON.stringify(this.stats));
    this.changed();
  }

  private changed(): void {
    const ours = this.queue.tasks.filter(({ ranOut }) => ranOut !== "lost");
    this.inHand.keep(ours.map(({ assignment }) => assignment));
    this.state = this.snapshot();
    this.tellShown(this.state.current);
    for (const listener of this.listeners) listener();
  }

  /** What was lent ahead counts as seen from the moment when it is on the screen. */
  private tellShown(current: ReadyTask | null): void {
    const id = current?.assignment.assignment_id ?? null;
    if (id === this.shownId) return;
    this.shownId = id;
    if (id !== null) this.seen.add(id);
    if (id === null || current?.assignment.shown) return;
    api.shown(id).catch((error: unknown) => {
      // Its answer says the same; but what is no longer ours is not to be worked on.
      if (error instanceof ApiError && error.status === 409) void this.queue.dropLost();
    });
  }

  private get canTakeBack(): boolean {
    const last = this.sent.at(-1)?.assignment.assignment_id;
    return this.outbox.waiting.some((one) => one.assignment_id === last);
  }

  private snapshot(): WorkbenchState {
    // Without a connection there is nothing to wait for: work goes on with what is in hand.
    const isInLesson =
      this.lessonFeedback !== null || (this.awaitedLesson !== null && !this.outbox.offline);
    const current = isInLesson ? null : (this.correction ?? this.queue.tasks[0] ?? null);
    return {
      current,
      lessonFeedback: this.lessonFeedback,
      isEmpty: !isInLesson && !current && this.queue.isDry,
      waiting: this.outbox.waiting.length,
      offline: this.outbox.offline,
      expired: this.expired,
      notice: this.notice,
      isNews: this.isNews,
      canTakeBack: this.canTakeBack,
      kept: this.kept.works.length,
      ...this.stats,
    };
  }
}

function answeredWith({ saved }: ReadyTask, value: unknown): Draft {
  return { version: saved?.version ?? 0, value, past: saved?.past ?? [], isUnsent: true };
}

function wordsOf({ editor, assignment }: ReadyTask, response: unknown): string[] {
  return response === undefined ? [] : answerWords(editor, assignment.params, response);
}

function logged({ assignment }: ReadyTask, isSkip: boolean) {
  const { assignment_id, type, lesson: isLesson } = assignment;
  return { assignment_id, type, isLesson, isSkip, at: Date.now() };
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
  await workbench.forgetAnswers();
  await api.signOut().catch(() => undefined);
}
