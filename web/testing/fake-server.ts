/** The workbench's API behind a network that fails as told, in place of `fetch`. */

import { afterEach, beforeEach, expect, vi } from "vitest";
// Loaded ahead: the queue fetches the editor of a task, which takes time that `pass` does not know.
import "../src/editors/transcription";
import type { Assignment } from "../src/shared/api";

// Node's own, which the types of a browser do not have.
declare const setImmediate: (run: () => void) => void;

/** What comes back: a reply, or what becomes of it on the way. */
export type Reply =
  { status: number; body?: unknown; headers?: Record<string, string> } | "unreachable" | "cut off";

export interface Call {
  /** "POST /api/assignments/next" */
  name: string;
  /** "?next=true", or nothing. */
  query: string;
  body: unknown;
}

type Script = (Reply | Promise<Reply>)[];

export class FakeServer {
  calls: Call[] = [];
  readonly unexpected: string[] = [];
  private readonly scripts = new Map<string, Script>();

  /** Answer this call so, one after the other; the last reply stands for all that follow. */
  replies(name: string, ...script: Script): void {
    this.scripts.set(name, script);
  }

  /** The bodies that were sent with a call, in order. */
  bodies(name: string): unknown[] {
    return this.calls.filter((call) => call.name === name).map(({ body }) => body);
  }

  /** The queries that were sent with a call, in order. */
  queries(name: string): string[] {
    return this.calls.filter((call) => call.name === name).map(({ query }) => query);
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const name = `${request.method} ${pathname}`;
    this.calls.push({ name, query: search, body: request.body ? await request.json() : null });
    // As the server does, for any page can make a browser send the session's cookie.
    const isOurs = request.method === "GET" || request.headers.get("X-Evenhand-Request") === "1";
    if (!isOurs) this.unexpected.push(`${name} without the header of our own pages`);
    const script = this.scripts.get(name);
    if (!script) this.unexpected.push(name);
    const reply = await ((script?.length ?? 0) > 1 ? script?.shift() : script?.[0]);
    if (!reply || reply === "unreachable") throw new TypeError("Failed to fetch");
    if (reply === "cut off") return new Response('{"assignm', { status: 200 });
    const { status, body, headers } = reply;
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      ...(headers && { headers }),
    });
  };
}

/** A server of its own for each test of the file, and timers that only `pass` moves. */
export function fakeServer(): { current: FakeServer } {
  const server = { current: new FakeServer() };
  beforeEach(() => {
    server.current = new FakeServer();
    vi.stubGlobal("fetch", server.current.fetch);
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    expect(server.current.unexpected).toEqual([]);
  });
  return server;
}

/** Let so many milliseconds go by, with all that they set going. */
export async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  // The storage works between the turns of the event loop, a few for each of its transactions.
  for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export const OK: Reply = { status: 200, body: {} };

export function refusal(status: number, headers: Record<string, string> = {}): Reply {
  return { status, body: { status, detail: `It is a ${status}.` }, headers };
}

/** A reply that comes when it is told to. */
export function slow(): { reply: Promise<Reply>; arrive: (reply: Reply) => void } {
  let arrive: (reply: Reply) => void = () => {};
  const reply = new Promise<Reply>((resolve) => {
    arrive = resolve;
  });
  return { reply, arrive };
}

/** A line of text to write down, lent to whoever asks. */
export function assignment(id: string, about: Partial<Assignment> = {}): Assignment {
  return {
    assignment_id: id,
    type: "transcription",
    instruction: "",
    params: { attachment: "A line", attachment_type: "text", fields: { line: "The line" } },
    files: {},
    frames: {},
    review: false,
    lesson: false,
    shown: true,
    leased_at: "2026-01-01T00:00:00Z",
    expires_at: "2036-01-01T00:15:00Z",
    draft: null,
    proposal: null,
    ...about,
  };
}
