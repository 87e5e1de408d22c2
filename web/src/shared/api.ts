/** Calls to the workbench API. Each either returns what it promises or throws an ApiError. */

import createClient from "openapi-fetch";
import type { components, paths } from "../../generated/api";
import { remembered } from "./key-order";

type Schemas = components["schemas"];
export type Annotator = Schemas["Me"];
export type Answer = Schemas["AnswerView"];
export type Assignment = Schemas["AssignmentView"];
export type Feedback = Schemas["Feedback"];
export type MissedAnswer = Schemas["MissedAnswer"];
export type ProjectScore = Schemas["ProjectScore"];
export type Revision = Schemas["Revise"];
export type Scores = Schemas["Scores"];
export type Skip = Schemas["Skip"];
export type SkipReason = Skip["reason"];
export type Submission = Schemas["Submit"];
/** An answer, or a draft of one, in the form that its task type gives it. */
export type TaskResponse = Submission["response"];

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

const client = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(CALL_MS_MAX) }),
});
client.use({
  onRequest: ({ request }) => {
    // A form on a foreign page cannot set this header, so a forged request is told by its absence.
    if (request.method !== "GET") request.headers.set("X-Evenhand-Request", "1");
  },
  onResponse: async ({ response }) => {
    if (!response.ok) throw await refusal(response);
  },
});

/** Why the server said no: every error of the API is a problem document (RFC 9457). */
async function refusal(reply: Response): Promise<ApiError> {
  const problem = (await reply.json().catch(() => null)) as {
    detail?: string;
    title?: string;
  } | null;
  const after = Number(reply.headers.get("Retry-After"));
  return new ApiError(
    reply.status,
    problem?.detail ?? problem?.title ?? `The server answered ${reply.status}.`,
    after > 0 ? after : null,
  );
}

/** What a call brought; a reply that broke off half-way is as none. */
async function answer<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError(0, "The server cannot be reached.");
  }
}

async function content<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer(call);
  if (data === undefined) throw new ApiError(0, "The server's reply was empty.");
  return data;
}

export async function signIn(token: string): Promise<Annotator> {
  return (await content(client.POST("/api/session", { body: { token } }))).annotator;
}

export async function signOut(): Promise<void> {
  await answer(client.DELETE("/api/session"));
}

export async function me(): Promise<Annotator> {
  return await content(client.GET("/api/me"));
}

/** The tasks still lent to this annotator, oldest first. */
export async function heldAssignments(): Promise<Assignment[]> {
  return (await content(client.GET("/api/assignments"))).assignments.map(remembered);
}

/** So many more tasks, or fewer when no more are open to this annotator. */
export async function takeAssignments(count: number): Promise<Assignment[]> {
  const query = { params: { query: { count } } };
  return (await content(client.POST("/api/assignments/take", query))).assignments.map(remembered);
}

const at = (handle: string) => ({ params: { path: { handle } } });

/** Keep a draft made on top of this version; the version that it got. */
export async function saveDraft(
  handle: string,
  response: TaskResponse,
  version: number,
): Promise<number> {
  const body = { response, version };
  const saved = client.PUT("/api/assignments/{handle}/draft", { ...at(handle), body });
  return (await content(saved)).version;
}

/** Say that a task that was lent ahead is on the screen. */
export async function shown(handle: string): Promise<void> {
  await answer(client.POST("/api/assignments/{handle}/shown", at(handle)));
}

/** Lengthen the lease; until when it lasts now. */
export async function renew(handle: string): Promise<string> {
  return (await content(client.POST("/api/assignments/{handle}/renew", at(handle)))).expires_at;
}

/** Hand in an answer; where the next task is asked for, it comes back, or null if none is open. */
export async function submit(
  handle: string,
  body: Submission,
  next: boolean,
  outlives = false,
): Promise<Assignment | null | undefined> {
  const params = { path: { handle }, query: next ? { next } : {} };
  const kept = keepalive(outlives, body);
  const sent = client.POST("/api/assignments/{handle}/submit", { params, body, ...kept });
  const following = (await content(sent)).next;
  return following && remembered(following);
}

export async function skip(handle: string, body: Skip, outlives = false): Promise<void> {
  const kept = keepalive(outlives, body);
  await answer(client.POST("/api/assignments/{handle}/skip", { ...at(handle), body, ...kept }));
}

// What browsers send on behalf of a page that is gone; of more they send nothing.
const OUTLIVES_CHARACTERS_MAX = 20_000;

function keepalive(outlives: boolean, body: unknown): { keepalive?: true } {
  const isSmall = outlives && JSON.stringify(body).length < OUTLIVES_CHARACTERS_MAX;
  return isSmall ? { keepalive: true } : {};
}

/** An answer of one's own that is not weighed yet, with its task; 409 once it is. */
export async function answerOf(handle: string): Promise<Answer> {
  return remembered(await content(client.GET("/api/assignments/{handle}/answer", at(handle))));
}

/** Correct an answer, made from this version of it; sent again it changes nothing. */
export async function revise(handle: string, body: Revision): Promise<void> {
  await answer(client.PUT("/api/assignments/{handle}/answer", { ...at(handle), body }));
}

/** Take back a skip, while nobody else has the task; it is lent again as it was. */
export async function unskip(handle: string): Promise<Assignment> {
  return remembered(await content(client.POST("/api/assignments/{handle}/unskip", at(handle))));
}

/** What was expected of a lesson just answered, or of an answer that was missed. */
export async function feedback(handle: string): Promise<Feedback> {
  return remembered(await content(client.GET("/api/assignments/{handle}/feedback", at(handle))));
}

export async function scores(): Promise<Scores> {
  return await content(client.GET("/api/me/scores"));
}

export async function contest(assignment_id: string, reason: string): Promise<void> {
  await answer(client.POST("/api/me/contests", { body: { assignment_id, reason } }));
}

/** The text of an attachment, from the host's own copy. */
export async function text(path: string): Promise<string> {
  const reply = await answer(fetch(path, { signal: AbortSignal.timeout(CALL_MS_MAX) }));
  if (!reply.ok) throw await refusal(reply);
  return await answer(reply.text());
}
