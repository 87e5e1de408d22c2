/** Answers on their way to the server: kept on this device until it has them. */

import * as api from "../shared/api";
import { ApiError } from "../shared/api";
import type { Assignment, Revision, Skip, Submission } from "../shared/api";
import { deleteLocal, readAllLocal, writeLocal } from "../shared/local-store";

export interface OutgoingAnswer {
  annotator_id: string;
  assignment_id: string;
  /** When it was put here; the oldest goes first. */
  at: number;
  submission?: Submission;
  skip?: Skip;
  /** A correction of an answer that the server has. */
  revision?: Revision;
}

export interface OutboxEvents {
  changed: () => void;
  /** Whether the next task is to come with the reply to an answer. */
  wantsNext: () => boolean;
  /** The server has it; with the next task, or null for none, where that was asked for. */
  accepted: (sent: OutgoingAnswer, next?: Assignment | null) => void;
  /** A reply was lost that may have brought the next task. */
  nextLost: () => void;
  /** The server will never take this one; the reason is for the annotator. */
  refused: (sent: OutgoingAnswer, error: ApiError) => void;
  sessionExpired: () => void;
}

const RETRY_MS_FIRST = 1_000;
const RETRY_MS_MAX = 30_000;

export class Outbox {
  waiting: OutgoingAnswer[] = [];
  /** Whether the last attempt met no server. */
  offline = false;
  private sending = false;
  private inFlight: OutgoingAnswer | null = null;
  /** Until when an answer can be taken back; those of an earlier visit go at once. */
  private readonly heldUntil = new Map<OutgoingAnswer, number>();
  private isLeaving = false;
  private retryMs = RETRY_MS_FIRST;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly annotatorId: string,
    private readonly events: OutboxEvents,
  ) {}

  /** Take up what an earlier visit left; answers of other annotators stay where they are. */
  async load(): Promise<void> {
    const all = await readAllLocal<OutgoingAnswer>("outbox");
    this.waiting = all
      .filter((one) => one.annotator_id === this.annotatorId)
      .sort((a, b) => a.at - b.at);
    this.flush();
  }

  /** Take in an answer, and send it after a moment in which it can be taken back. */
  add(outgoing: OutgoingAnswer, holdMs = 0): void {
    this.heldUntil.clear();
    if (holdMs) this.heldUntil.set(outgoing, Date.now() + holdMs);
    this.waiting = [...this.waiting, outgoing];
    // Without room on the disk it is still sent from memory.
    writeLocal("outbox", outgoing.assignment_id, outgoing).catch(() => undefined);
    this.events.changed();
    this.flush();
  }

  /** Give back an answer that is not on its way yet, or undefined. */
  takeBack(assignmentId: string): OutgoingAnswer | undefined {
    const found = this.waiting.find((one) => one.assignment_id === assignmentId);
    if (!found || found === this.inFlight) return undefined;
    this.waiting = this.waiting.filter((one) => one !== found);
    this.heldUntil.delete(found);
    deleteLocal("outbox", assignmentId).catch(() => undefined);
    this.events.changed();
    return found;
  }

  /** The page may be about to go: what is held back goes too. */
  readonly leave = (): void => {
    this.heldUntil.clear();
    this.isLeaving = true;
    this.flush();
    this.isLeaving = false;
  };

  /** Send what waits, now. */
  flush(): void {
    clearTimeout(this.timer);
    if (!this.sending) void this.sendAll();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.waiting = [];
  }

  private async sendAll(): Promise<void> {
    this.sending = true;
    try {
      for (let first = this.waiting[0]; first; first = this.waiting[0]) {
        const ms = (this.heldUntil.get(first) ?? 0) - Date.now();
        if (ms > 0) {
          this.timer = setTimeout(() => this.flush(), ms);
          break;
        }
        this.inFlight = first;
        if (!(await this.sent(first))) break;
        const done = first;
        this.inFlight = null;
        this.waiting = this.waiting.filter((one) => one !== done);
        await deleteLocal("outbox", done.assignment_id).catch(() => undefined);
        this.events.changed();
      }
    } finally {
      this.sending = false;
      this.inFlight = null;
    }
  }

  /** Whether the server has decided on it, for or against. */
  private async sent(one: OutgoingAnswer): Promise<boolean> {
    let next: Assignment | null | undefined;
    // Not with a second try: it would lend one more, and the first may have lent one already.
    const withNext = !this.offline && this.events.wantsNext();
    try {
      const outlives = this.isLeaving;
      if (one.submission) {
        next = await api.submit(one.assignment_id, one.submission, withNext, outlives);
      } else if (one.skip) await api.skip(one.assignment_id, one.skip, outlives);
      else if (one.revision) await api.revise(one.assignment_id, one.revision);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.isPassing) {
        if (withNext) this.events.nextLost();
        this.retryLater(error);
        return false;
      }
      this.reached();
      if (error.status === 401) this.events.sessionExpired();
      else this.events.refused(one, error);
      return error.status !== 401;
    }
    this.reached();
    this.events.accepted(one, next);
    return true;
  }

  /** The server has spoken, whatever it said. */
  private reached(): void {
    this.retryMs = RETRY_MS_FIRST;
    this.offline = false;
  }

  private retryLater(error: ApiError): void {
    this.offline = true;
    this.events.changed();
    const wait = error.retryAfterSeconds ? error.retryAfterSeconds * 1000 : this.retryMs;
    this.timer = setTimeout(() => this.flush(), wait);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MS_MAX);
  }
}
