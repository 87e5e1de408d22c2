import { beforeEach, describe, expect, test } from "vitest";
import { assignment, fakeServer, OK, pass, refusal, slow } from "../../testing/fake-server";
import type { Assignment } from "../shared/api";
import { deleteLocal, readAllLocal } from "../shared/local-store";
import { Outbox, type OutgoingAnswer } from "./outbox";

const server = fakeServer();
const SUBMIT_A = "POST /api/assignments/a/submit";
const SUBMIT_B = "POST /api/assignments/b/submit";

beforeEach(async () => {
  const left = await readAllLocal<OutgoingAnswer>("outbox");
  for (const one of left) await deleteLocal("outbox", one.assignment_id);
});

function opened(annotatorId = "anna", wantsNext = false) {
  const accepted: string[] = [];
  const next: (Assignment | null | undefined)[] = [];
  const refused: [string, number][] = [];
  const told = { expired: 0, nextLost: 0 };
  const outbox = new Outbox(annotatorId, {
    changed: () => undefined,
    wantsNext: () => wantsNext,
    nextLost: () => told.nextLost++,
    accepted: (sent, more) => {
      accepted.push(sent.assignment_id);
      next.push(more);
    },
    refused: (sent, error) => refused.push([sent.assignment_id, error.status]),
    sessionExpired: () => told.expired++,
  });
  return { outbox, accepted, next, refused, told };
}

function answer(assignment_id: string, at = 1, annotator_id = "anna"): OutgoingAnswer {
  const submission = { annotation_id: `of ${assignment_id}`, response: {}, active_ms: 1 };
  return { annotator_id, assignment_id, at, submission };
}

const onDevice = async () =>
  (await readAllLocal<OutgoingAnswer>("outbox")).map((one) => one.assignment_id);

describe("an answer given without a connection", () => {
  test("is kept on the device and sent, the same, when the line is back", async () => {
    server.current.replies(SUBMIT_A, "unreachable", OK);
    const { outbox, accepted } = opened();
    outbox.add(answer("a"));
    await pass();
    expect(outbox.offline).toBe(true);
    expect(await onDevice()).toEqual(["a"]);

    outbox.flush();
    await pass();
    expect(accepted).toEqual(["a"]);
    expect(outbox.offline).toBe(false);
    expect(await onDevice()).toEqual([]);
    const [first, second] = server.current.bodies(SUBMIT_A);
    expect(second).toEqual(first);
  });

  test("is tried again by itself, after twice the time each time, up to 30 s", async () => {
    server.current.replies(SUBMIT_A, "unreachable");
    const { outbox } = opened();
    outbox.add(answer("a"));
    await pass();
    const tries = () => server.current.calls.length;
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      const before = tries();
      await pass(seconds * 1000 - 1);
      expect(tries()).toBe(before);
      await pass(1);
      expect(tries()).toBe(before + 1);
    }
  });

  test("survives a reload, after older ones and apart from other people's", async () => {
    server.current.replies(SUBMIT_A, "unreachable");
    const before = opened();
    before.outbox.add(answer("a", 2));
    before.outbox.add(answer("b", 1));
    before.outbox.add(answer("c", 0, "ben"));
    await pass();
    before.outbox.stop();

    server.current.replies(SUBMIT_A, OK);
    server.current.replies(SUBMIT_B, OK);
    const after = opened();
    await after.outbox.load();
    await pass();
    expect(after.accepted).toEqual(["b", "a"]);
    expect(await onDevice()).toEqual(["c"]);
  });
});

describe("a server in trouble", () => {
  test.each([500, 502, 503, 429])("(%i) gets the answer again later", async (status) => {
    server.current.replies(SUBMIT_A, refusal(status), OK);
    const { outbox, accepted, refused } = opened();
    outbox.add(answer("a"));
    await pass();
    expect(await onDevice()).toEqual(["a"]);
    await pass(1000);
    expect([accepted, refused]).toEqual([["a"], []]);
  });

  test("is left in peace for as long as it asks", async () => {
    server.current.replies(SUBMIT_A, refusal(503, { "Retry-After": "7" }), OK);
    const { outbox, accepted } = opened();
    outbox.add(answer("a"));
    await pass(6_999);
    expect(accepted).toEqual([]);
    await pass(1);
    expect(accepted).toEqual(["a"]);
  });

  test("that took the answer while its reply was lost gets it under the same id", async () => {
    const lost = slow();
    server.current.replies(SUBMIT_A, lost.reply, OK);
    const { outbox, accepted } = opened();
    outbox.add(answer("a"));
    await pass();
    lost.arrive("unreachable");
    await pass(1000);
    expect(server.current.bodies(SUBMIT_A)).toMatchObject([
      { annotation_id: "of a" },
      { annotation_id: "of a" },
    ]);
    expect(accepted).toEqual(["a"]);
  });
});

describe("an answer that the server will not have", () => {
  test.each([409, 410, 404, 422])("(%i) is told once, and the next one goes on", async (status) => {
    server.current.replies(SUBMIT_A, refusal(status));
    server.current.replies(SUBMIT_B, OK);
    const { outbox, accepted, refused } = opened();
    outbox.add(answer("a"));
    outbox.add(answer("b"));
    await pass(60_000);
    expect(refused).toEqual([["a", status]]);
    expect(accepted).toEqual(["b"]);
    expect(await onDevice()).toEqual([]);
    expect(server.current.bodies(SUBMIT_A)).toHaveLength(1);
  });

  test("shows that the line is back", async () => {
    server.current.replies(SUBMIT_A, "unreachable", refusal(409));
    const { outbox } = opened();
    outbox.add(answer("a"));
    await pass(1000);
    expect(outbox.offline).toBe(false);
  });

  test("for want of a session waits on the device for the next sign-in", async () => {
    server.current.replies(SUBMIT_A, refusal(401), OK);
    const { outbox, accepted, refused, told } = opened();
    outbox.add(answer("a"));
    await pass(600_000);
    expect([told.expired, refused, await onDevice()]).toEqual([1, [], ["a"]]);
    outbox.flush();
    await pass();
    expect(accepted).toEqual(["a"]);
  });
});

describe("the next task", () => {
  const next = { status: 200, body: { annotation_id: "of a", next: assignment("d") } };

  test("comes with the reply to an answer where it is wanted", async () => {
    server.current.replies(SUBMIT_A, next);
    const wanting = opened("anna", true);
    wanting.outbox.add(answer("a"));
    await pass();
    expect(wanting.next).toMatchObject([{ assignment_id: "d" }]);
    expect(server.current.queries(SUBMIT_A)).toEqual(["?next=true"]);
  });

  test("is not asked for where it is not wanted", async () => {
    server.current.replies(SUBMIT_A, OK);
    const sated = opened();
    sated.outbox.add(answer("a"));
    await pass();
    expect(sated.next).toEqual([undefined]);
    expect(server.current.queries(SUBMIT_A)).toEqual([""]);
  });

  test("is not asked for again after a lost reply, which may have brought one", async () => {
    server.current.replies(SUBMIT_A, "cut off", OK);
    const { outbox, next: came, told } = opened("anna", true);
    outbox.add(answer("a"));
    await pass();
    expect(told.nextLost).toBe(1);
    await pass(1_000);
    expect(came).toEqual([undefined]);
    expect(server.current.queries(SUBMIT_A)).toEqual(["?next=true", ""]);
  });
});

describe("several answers", () => {
  test("go one at a time and in their order, however slow the first is", async () => {
    const first = slow();
    server.current.replies(SUBMIT_A, first.reply);
    server.current.replies(SUBMIT_B, OK);
    const { outbox, accepted } = opened();
    outbox.add(answer("a"));
    outbox.add(answer("b"));
    await pass(10_000);
    expect(server.current.calls.map(({ name }) => name)).toEqual([SUBMIT_A]);
    first.arrive(OK);
    await pass();
    expect(accepted).toEqual(["a", "b"]);
  });

  test("of two tabs that opened together are each the same annotation", async () => {
    server.current.replies(SUBMIT_A, "unreachable", "unreachable", OK);
    const one = opened();
    one.outbox.add(answer("a"));
    await pass();
    const other = opened();
    await other.outbox.load();
    await pass(2000);
    const ids = server.current.bodies(SUBMIT_A).map((body) => Object(body).annotation_id);
    expect(new Set(ids)).toEqual(new Set(["of a"]));
    expect([one.accepted, other.accepted]).toEqual([["a"], ["a"]]);
    expect(await onDevice()).toEqual([]);
  });
});
