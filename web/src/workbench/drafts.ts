/** Keeps the answer in hand: on this device at once, on the server a little later. */

import * as api from "../shared/api";
import { ApiError } from "../shared/api";
import type { Assignment } from "../shared/api";
import type { AnyEditor } from "../editors/editor";
import { deleteLocal, readAllLocal, readLocal, writeLocal } from "../shared/local-store";
import {
  type DeviceDraft,
  type Draft,
  draftToContinue,
  isOurs,
  type SentDraft,
  type ServerDraft,
  stepsToKeep,
} from "./draft-choice";
import { initialHistory } from "./proposal";
import { taskKey } from "./task-key";

export type { Draft, ServerDraft } from "./draft-choice";

/** With what tells later of which task it was, should the task be lost. */
export interface LocalDraft extends DeviceDraft {
  annotator_id: string;
  assignment_id?: string;
  type?: string;
  key?: string;
  response?: unknown;
  at?: number;
}

export interface DraftEvents {
  saved: (where: "device" | "server") => void;
  /** Another place saved a draft while this one went on: the person chooses. */
  conflict: (other: ServerDraft) => void;
  /** The server does not take it as it stands; the device has it. */
  refused: (error: ApiError) => void;
  /** The task is no longer lent to this annotator. */
  lost: () => void;
  sessionExpired: () => void;
}

const DEVICE_MS = 150;
const SERVER_MS = 2_000;
const RETRY_MS_MAX = 30_000;

/** What was saved of a task before it is shown, or undefined when it is untouched. */
export async function savedDraft(
  annotatorId: string,
  assignment: Assignment,
  editor: AnyEditor,
): Promise<Draft | undefined> {
  const { assignment_id, draft, params } = assignment;
  const local = await readLocal<LocalDraft>("drafts", assignment_id).catch(() => undefined);
  const device = local?.annotator_id === annotatorId ? local : undefined;
  const server = draft ? restored(editor, params, draft) : undefined;
  return draftToContinue(device, server, initialHistory(editor, assignment).present);
}

function restored(
  editor: AnyEditor,
  params: unknown,
  { response, version }: { response: unknown; version: number },
): ServerDraft {
  return { value: editor.restore(params, response), response, version };
}

export async function forgetDraft(assignmentId: string): Promise<void> {
  await deleteLocal("drafts", assignmentId).catch(() => undefined);
}

/** All drafts of an annotator on this device, of whatever task. */
export async function draftsOf(annotatorId: string): Promise<LocalDraft[]> {
  const all = await readAllLocal<LocalDraft>("drafts").catch(() => []);
  return all.filter((one) => one.annotator_id === annotatorId);
}

export class DraftKeeper {
  private version: number;
  private value: unknown;
  private past: readonly unknown[];
  private isUnsent: boolean;
  private sent: SentDraft | null = null;
  private other: ServerDraft | null;
  private deviceTimer: ReturnType<typeof setTimeout> | undefined;
  private serverTimer: ReturnType<typeof setTimeout> | undefined;
  private retryMs = SERVER_MS;
  private saving = false;
  private closed = false;
  private key: string | undefined;

  constructor(
    private readonly annotatorId: string,
    private readonly assignment: Assignment,
    private readonly editor: AnyEditor,
    private readonly events: DraftEvents,
    saved: Draft | undefined,
  ) {
    this.version = saved?.version ?? 0;
    this.value = saved?.value;
    this.past = saved?.past ?? [];
    this.isUnsent = saved?.isUnsent ?? false;
    this.other = saved?.other ?? null;
    // What an earlier visit could not send, as the line was down or the page was closed.
    if (this.isUnsent) this.serverTimer = setTimeout(() => void this.toServer(), SERVER_MS);
  }

  changed(value: unknown, past: readonly unknown[] = []): void {
    this.value = value;
    this.past = past;
    this.isUnsent = true;
    // Not pushed back by each further change, so that a long drag is saved on the way.
    this.deviceTimer ??= setTimeout(() => void this.toDevice(true), DEVICE_MS);
    this.serverTimer ??= setTimeout(() => void this.toServer(), SERVER_MS);
  }

  /** The person has chosen what goes on, over the other place's draft. */
  resolved(): void {
    if (!this.other) return;
    this.version = this.other.version;
    this.other = null;
    this.isUnsent = true;
    this.serverTimer ??= setTimeout(() => void this.toServer(), 0);
  }

  /** Save on the device without waiting: the page is about to go. */
  flush(): void {
    if (this.deviceTimer !== undefined) void this.toDevice(true);
  }

  /** Send now what could not be sent: the line is back. */
  readonly retry = (): void => {
    if (!this.isUnsent || this.closed) return;
    clearTimeout(this.serverTimer);
    void this.toServer();
  };

  close(): void {
    this.closed = true;
    clearTimeout(this.deviceTimer);
    clearTimeout(this.serverTimer);
  }

  private async toDevice(isNews: boolean): Promise<void> {
    clearTimeout(this.deviceTimer);
    this.deviceTimer = undefined;
    const { annotatorId: annotator_id, value, version, isUnsent, sent, assignment, editor } = this;
    const { assignment_id, type } = assignment;
    const local: LocalDraft = {
      annotator_id,
      value,
      version,
      past: stepsToKeep(this.past, editor.size(value)),
      isUnsent,
      sent,
      assignment_id,
      type,
      key: (this.key ??= taskKey(assignment)),
      response: editor.response(assignment.params, value),
      at: Date.now(),
    };
    await writeLocal("drafts", assignment_id, local).then(
      () => isNews && this.events.saved("device"),
      () => undefined,
    );
  }

  private async toServer(): Promise<void> {
    this.serverTimer = undefined;
    if (this.closed || this.other) return;
    if (this.saving) return this.again(SERVER_MS);
    this.saving = true;
    try {
      await this.put();
    } finally {
      this.saving = false;
    }
  }

  private again(ms: number): void {
    if (!this.closed) this.serverTimer ??= setTimeout(() => void this.toServer(), ms);
  }

  private async put(): Promise<void> {
    const { assignment, editor, value } = this;
    const response = editor.response(assignment.params, value);
    this.sent = { response, version: this.version };
    try {
      this.version = await api.saveDraft(assignment.assignment_id, response, this.version);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.unsaved(error);
    }
    this.retryMs = SERVER_MS;
    if (this.closed) return;
    this.sent = null;
    this.isUnsent = this.value !== value;
    this.events.saved("server");
    // Only the version is new on the device.
    void this.toDevice(false);
  }

  private async unsaved(error: ApiError): Promise<void> {
    if (error.status === 409) await this.reconcile();
    else if (error.status === 401) this.events.sessionExpired();
    else if (error.isPassing) {
      // The reply may be lost and the draft be there: the device says what was sent.
      if (!this.closed) void this.toDevice(false);
      this.retryLater(error.retryAfterSeconds);
    } else if ([404, 410].includes(error.status)) this.events.lost();
    else this.events.refused(error);
  }

  private retryLater(seconds: number | null): void {
    this.again(seconds ? seconds * 1000 : this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MS_MAX);
  }

  private async reconcile(): Promise<void> {
    const { assignment, editor } = this;
    const all = await api.heldAssignments().catch(() => null);
    if (this.closed) return;
    if (!all) return this.retryLater(null);
    const held = all.find((one) => one.assignment_id === assignment.assignment_id);
    if (!held) return this.events.lost();
    if (!held.draft) return;
    const other = restored(editor, assignment.params, held.draft);
    if (isOurs(other, this.sent)) {
      this.version = other.version;
      this.again(0);
      return;
    }
    this.other = other;
    this.events.conflict(other);
  }
}
