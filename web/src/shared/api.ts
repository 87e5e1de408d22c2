/** Calls to the workbench API. Each either returns what it promises or throws an ApiError. */

import type {
  Annotator,
  Assignment,
  Feedback,
  Problem,
  Scores,
  Skip,
  Submission,
} from "./api-types";

/** A reply that says no, or no reply at all (status 0: the host could not be reached). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }

  /** Whether the same call may succeed later without anyone doing anything about it. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

// A call that hangs longer than this is as good as offline: the work is kept and sent again.
const CALL_MS_MAX = 30_000;

async function call(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = {};
  // A form on a foreign page cannot set this header, so a forged request is told by its absence.
  if (method !== "GET") headers["X-Evenhand-Request"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let reply: Response;
  try {
    reply = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(CALL_MS_MAX),
    });
  } catch {
    throw new ApiError(0, "The server cannot be reached.");
  }
  if (!reply.ok) throw await refusal(reply);
  return reply;
}

async function refusal(reply: Response): Promise<ApiError> {
  const problem = (await reply.json().catch(() => null)) as Partial<Problem> | null;
  const after = Number(reply.headers.get("Retry-After"));
  return new ApiError(
    reply.status,
    problem?.detail ?? problem?.title ?? `The server answered ${reply.status}.`,
    after > 0 ? after : null,
  );
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await call(method, path, body)).json()) as T;
}

const at = (id: string, action: string) => `/api/assignments/${encodeURIComponent(id)}/${action}`;

export async function signIn(token: string): Promise<Annotator> {
  return (await json<{ annotator: Annotator }>("POST", "/api/session", { token })).annotator;
}

export async function signOut(): Promise<void> {
  await call("DELETE", "/api/session");
}

export async function me(): Promise<Annotator> {
  return await json<Annotator>("GET", "/api/me");
}

/** The tasks still lent to this annotator, oldest first. */
export async function held(): Promise<Assignment[]> {
  return (await json<{ assignments: Assignment[] }>("GET", "/api/assignments")).assignments;
}

/** One more task, or null when none is open to this annotator. */
export async function next(): Promise<Assignment | null> {
  const reply = await call("POST", "/api/assignments/next");
  return reply.status === 204 ? null : ((await reply.json()) as Assignment);
}

export async function saveDraft(id: string, response: unknown, version: number): Promise<number> {
  const saved = await json<{ version: number }>("PUT", at(id, "draft"), { response, version });
  return saved.version;
}

export async function renew(id: string): Promise<string> {
  return (await json<{ expires_at: string }>("POST", at(id, "renew"))).expires_at;
}

export async function submit(id: string, submission: Submission): Promise<void> {
  await call("POST", at(id, "submit"), submission);
}

export async function skip(id: string, skipped: Skip): Promise<void> {
  await call("POST", at(id, "skip"), skipped);
}

/** What was expected of a lesson just answered, or of an answer that was missed. */
export async function feedback(id: string): Promise<Feedback> {
  return await json<Feedback>("GET", at(id, "feedback"));
}

export async function scores(): Promise<Scores> {
  return await json<Scores>("GET", "/api/me/scores");
}

export async function contest(id: string, reason: string): Promise<void> {
  await call("POST", "/api/me/contests", { assignment_id: id, reason });
}

/** The text of an attachment, from the host's own copy. */
export async function text(path: string): Promise<string> {
  return await (await call("GET", path)).text();
}
