/** Of drafts made in two places, the one to go on with: by what each grew from, never by size. */

import { isSame } from "../shared/same";

/** A draft as another place saved it. */
export interface ServerDraft {
  value: unknown;
  response: unknown;
  version: number;
}

export interface Draft {
  value: unknown;
  /** The server's version that this one grew from; 0 before the first. */
  version: number;
  /** The steps before it, oldest first: what Undo brings back. */
  past: readonly unknown[];
  /** Whether the server does not have it yet. */
  isUnsent: boolean;
  /** What another place saved while work went on here: the person chooses. */
  other?: ServerDraft;
}

/** What this device last sent; the reply that says so may have been lost. */
export interface SentDraft {
  response: unknown;
  version: number;
}

/** A draft as it lies on the device; one of an older page does not say whether it was sent. */
export interface DeviceDraft {
  value: unknown;
  response?: unknown;
  version: number;
  past?: readonly unknown[];
  isUnsent?: boolean;
  sent?: SentDraft | null;
}

/** The draft to go on with, before the task is shown; `blank` is how an untouched answer begins. */
export function draftToContinue(
  device: DeviceDraft | undefined,
  server: ServerDraft | undefined,
  blank: unknown,
): Draft | undefined {
  if (!device) return server && taken(server, [blank]);
  const { value, version, past = [blank], isUnsent = true } = device;
  if (!server) return { value, version, past, isUnsent };
  if (isSame(device.response ?? value, device.response ? server.response : server.value)) {
    return { value, version: server.version, past, isUnsent: false };
  }
  if (version >= server.version) return { value, version, past, isUnsent };
  // Another place went on from what this one had saved: its steps come on top of ours.
  if (!isUnsent) return taken(server, [...past, value]);
  if (isOurs(server, device.sent)) return { value, version: server.version, past, isUnsent };
  return { value, version, past, isUnsent, other: server };
}

function taken({ value, version }: ServerDraft, past: readonly unknown[]): Draft {
  return { value, version, past, isUnsent: false };
}

/** Whether the server's draft is the one that this device sent, without having heard of it. */
export function isOurs(server: ServerDraft, sent: SentDraft | null | undefined): boolean {
  return !!sent && server.version === sent.version + 1 && isSame(server.response, sent.response);
}

// Each step of a value of a thousand shapes holds a thousand places: these bound what is written.
const STEPS_KEPT_MAX = 30;
const PARTS_KEPT_MAX = 4_000;

/** The last steps, as many as are kept on the device with a value of this size. */
export function stepsToKeep(past: readonly unknown[], size: number): readonly unknown[] {
  const most = Math.floor(PARTS_KEPT_MAX / (size + 1));
  return past.slice(-Math.max(1, Math.min(STEPS_KEPT_MAX, most)));
}
