/** Keeps the answer in hand: on this device at once, on the server a little later. */

import * as api from "../shared/api";
import { ApiError } from "../shared/api";
import type { Assignment } from "../shared/api";
import type { AnyEditor } from "../editors/editor";
import { deleteLocal, readLocal, writeLocal } from "../shared/local-store";

export interface Draft {
  value: unknown;
  /** The server's version that this one grew from. */
  version: number;
}

interface LocalDraft extends Draft {
  annotator_id: string;
}

export interface DraftEvents {
  saved: (where: "device" | "server") => void;
  /** Another place saved more work than is here; it is taken over, as an undoable step. */
  fuller: (value: unknown) => void;
  sessionExpired: () => void;
}

const DEVICE_MS = 150;
const SERVER_MS = 2_000;

/** Of the draft on the device and the one on the server, the one to go on with. */
export function draftToContinue(
  device: Draft | undefined,
  server: Draft | undefined,
  size: (value: unknown) => number,
): Draft | undefined {
  if (!device || !server) return device ?? server;
  const isNewer = device.version >= server.version;
  const value = isNewer || size(device.value) >= size(server.value) ? device.value : server.value;
  return { value, version: server.version };
}

/** What was saved of a task before it is shown, or undefined when it is untouched. */
export async function savedDraft(
  annotatorId: string,
  assignment: Assignment,
  editor: AnyEditor,
): Promise<Draft | undefined> {
  const { assignment_id, draft, params } = assignment;
  const local = await readLocal<LocalDraft>("drafts", assignment_id).catch(() => undefined);
  const device = local?.annotator_id === annotatorId ? local : undefined;
  const server = draft && {
    value: editor.restore(params, draft.response),
    version: draft.version,
  };
  return draftToContinue(device, server ?? undefined, editor.size);
}

export async function forgetDraft(assignmentId: string): Promise<void> {
  await deleteLocal("drafts", assignmentId).catch(() => undefined);
}

export class DraftKeeper {
  private version: number;
  private value: unknown;
  private deviceTimer: ReturnType<typeof setTimeout> | undefined;
  private serverTimer: ReturnType<typeof setTimeout> | undefined;
  private saving = false;
  private closed = false;

  constructor(
    private readonly annotatorId: string,
    private readonly assignment: Assignment,
    private readonly editor: AnyEditor,
    private readonly events: DraftEvents,
    version: number,
  ) {
    this.version = version;
  }

  changed(value: unknown): void {
    this.value = value;
    // Not pushed back by each further change, so that a long drag is saved on the way.
    this.deviceTimer ??= setTimeout(() => void this.toDevice(true), DEVICE_MS);
    this.serverTimer ??= setTimeout(() => void this.toServer(), SERVER_MS);
  }

  /** Save on the device without waiting: the page is about to go. */
  flush(): void {
    if (this.deviceTimer !== undefined) void this.toDevice(true);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.deviceTimer);
    clearTimeout(this.serverTimer);
  }

  private async toDevice(isNews: boolean): Promise<void> {
    clearTimeout(this.deviceTimer);
    this.deviceTimer = undefined;
    const { annotatorId: annotator_id, value, version } = this;
    const local: LocalDraft = { annotator_id, value, version };
    await writeLocal("drafts", this.assignment.assignment_id, local).then(
      () => isNews && this.events.saved("device"),
      () => undefined,
    );
  }

  private async toServer(): Promise<void> {
    this.serverTimer = undefined;
    if (this.closed) return;
    if (this.saving) {
      this.serverTimer = setTimeout(() => void this.toServer(), SERVER_MS);
      return;
    }
    this.saving = true;
    try {
      await this.put();
    } finally {
      this.saving = false;
    }
  }

  private async put(): Promise<void> {
    const { assignment, editor, value } = this;
    const response = editor.response(assignment.params, value);
    try {
      this.version = await api.saveDraft(assignment.assignment_id, response, this.version);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 409) await this.reconcile();
      else if (error.status === 401) this.events.sessionExpired();
      // Anything else: the device has it, and the next change tries again.
      return;
    }
    if (this.closed) return;
    this.events.saved("server");
    // Only the version is new on the device.
    void this.toDevice(false);
  }

  private async reconcile(): Promise<void> {
    const { assignment, editor } = this;
    const all = await api.heldAssignments().catch(() => []);
    const draft = all.find((one) => one.assignment_id === assignment.assignment_id)?.draft;
    if (!draft || this.closed) return;
    this.version = draft.version;
    const theirs = editor.restore(assignment.params, draft.response);
    if (editor.size(theirs) > editor.size(this.value)) this.events.fuller(theirs);
    else this.changed(this.value);
  }
}
