import { describe, expect, test } from "vitest";
import { assignment, fakeServer, pass, refusal, type Reply, slow } from "../../testing/fake-server";
import type { Assignment } from "../shared/api";
import { TaskQueue } from "./queue";

const server = fakeServer();
const HELD = "GET /api/assignments";
const NEXT = "POST /api/assignments/take";

const lent = (...ids: string[]): Reply => ({
  status: 200,
  body: { assignments: ids.map((id) => assignment(id)) },
});
const NOTHING = lent();
const held = (...ids: (string | Assignment)[]): Reply => ({
  status: 200,
  body: { assignments: ids.map((id) => (typeof id === "string" ? assignment(id) : id)) },
});

function opened(answered: string[] = [], worked: string[] = [], kept: Assignment[] = []) {
  const told = { expired: 0, lost: 0, failed: [] as string[] };
  const queue = new TaskQueue("anna", {
    answered: () => answered,
    changed: () => undefined,
    sessionExpired: () => told.expired++,
    failed: (message) => told.failed.push(message),
    lost: (tasks) => {
      told.lost += tasks.length;
    },
    kept: async () => kept,
    hasWork: ({ assignment }) => worked.includes(assignment.assignment_id),
  });
  const ids = () => queue.tasks.map((one) => one.assignment.assignment_id);
  return { queue, told, ids };
}

/** A queue with a, b, c and d in hand. */
async function filled() {
  server.current.replies(HELD, held("a", "b", "c", "d"));
  server.current.replies(NEXT, NOTHING);
  const all = opened();
  all.queue.fill();
  await pass();
  expect(all.ids()).toEqual(["a", "b", "c", "d"]);
  return all;
}

describe("fetching ahead", () => {
  test("keeps four tasks in hand, and gets another for each that is answered", async () => {
    server.current.replies(HELD, held());
    server.current.replies(NEXT, lent("a", "b", "c", "d"), lent("e"));
    const { queue, ids } = opened();
    queue.fill();
    await pass();
    expect(ids()).toEqual(["a", "b", "c", "d"]);
    queue.drop("a");
    queue.fill();
    await pass();
    expect(ids()).toEqual(["b", "c", "d", "e"]);
  });

  test("takes the task that comes with a reply, and asks for none besides", async () => {
    const { queue, ids } = await filled();
    const asked = server.current.calls.length;
    expect(queue.wantsOne).toBe(false);
    queue.drop("a");
    expect(queue.wantsOne).toBe(true);
    await queue.receive(assignment("e"));
    await pass();
    expect([ids(), queue.wantsOne]).toEqual([["b", "c", "d", "e"], false]);
    expect(server.current.calls).toHaveLength(asked);
  });

  test("asks again after a while where none came with a reply", async () => {
    const { queue, ids } = await filled();
    queue.drop("a");
    await queue.receive(null);
    expect(queue.isDry).toBe(true);
    server.current.replies(NEXT, lent("e"));
    await pass(4_000);
    expect(ids()).toEqual(["b", "c", "d", "e"]);
  });

  test("wants none with a reply before it knows what is lent to it, or while it asks", async () => {
    const first = slow();
    server.current.replies(HELD, held());
    server.current.replies(NEXT, first.reply, NOTHING);
    const { queue } = opened();
    expect(queue.wantsOne).toBe(false);
    queue.fill();
    await pass();
    expect(queue.wantsOne).toBe(false);
    first.arrive(lent("a"));
    await pass();
    expect(queue.wantsOne).toBe(true);
  });

  test("looks for what a lost reply may have brought, before it asks for another", async () => {
    const { queue, ids } = await filled();
    queue.drop("a");
    queue.lookForMore();
    server.current.replies(HELD, held("b", "c", "d", "e"));
    server.current.replies(NEXT, lent("f"));
    queue.fill();
    await pass();
    expect(ids()).toEqual(["b", "c", "d", "e"]);
  });

  test("asks for one task at a time, however often it is told to fill", async () => {
    const first = slow();
    server.current.replies(HELD, held());
    server.current.replies(NEXT, first.reply, NOTHING);
    const { queue, ids } = opened();
    queue.fill();
    await pass();
    queue.fill();
    queue.fill();
    await pass(60_000);
    expect(server.current.bodies(NEXT)).toHaveLength(1);
    first.arrive(lent("a"));
    await pass();
    expect(ids()).toEqual(["a"]);
  });

  test("looks again every four seconds when there was nothing", async () => {
    server.current.replies(HELD, held());
    server.current.replies(NEXT, NOTHING, lent("a"), NOTHING);
    const { queue, ids } = opened();
    queue.fill();
    await pass(3_999);
    expect([queue.isDry, ids()]).toEqual([true, []]);
    await pass(1);
    expect(ids()).toEqual(["a"]);
  });

  test("ends with the page", async () => {
    const reply = slow();
    server.current.replies(HELD, held());
    server.current.replies(NEXT, reply.reply);
    const { queue, ids } = opened();
    queue.fill();
    await pass();
    queue.stop();
    reply.arrive(lent("a"));
    await pass(60_000);
    expect(ids()).toEqual([]);
    expect(server.current.bodies(NEXT)).toHaveLength(1);
  });
});

describe("a reloaded page", () => {
  test("goes on with what is lent, but for tasks whose answer is on its way", async () => {
    server.current.replies(HELD, held("a", "b"));
    server.current.replies(NEXT, NOTHING);
    const { queue, ids } = opened(["a"]);
    queue.fill();
    await pass();
    expect(ids()).toEqual(["b"]);
  });

  test("shows no task again whose answer arrived while it asked what is lent", async () => {
    const old = slow();
    server.current.replies(HELD, old.reply);
    server.current.replies(NEXT, NOTHING);
    const answered = ["a"];
    const { queue, ids } = opened(answered);
    queue.fill();
    await pass();
    answered.pop();
    old.arrive(held("a", "b"));
    await pass();
    expect(ids()).toEqual(["b"]);
  });
});

describe("a network that fails", () => {
  test.each<[string, Reply]>([
    ["is away", "unreachable"],
    ["breaks off", "cut off"],
    ["meets a broken server", refusal(500)],
    ["meets a busy server", refusal(503)],
  ])("and %s is tried again after three seconds", async (_, failure) => {
    server.current.replies(HELD, failure, held());
    server.current.replies(NEXT, lent("a"), NOTHING);
    const { queue, ids, told } = opened();
    queue.fill();
    await pass(2_999);
    expect([ids(), told.failed.length]).toEqual([[], 1]);
    await pass(1);
    expect(ids()).toEqual(["a"]);
  });

  test("is left in peace for as long as the server asks", async () => {
    server.current.replies(HELD, refusal(503, { "Retry-After": "20" }), held("a"));
    server.current.replies(NEXT, NOTHING);
    const { queue, ids } = opened();
    queue.fill();
    await pass(19_999);
    expect(ids()).toEqual([]);
    await pass(1);
    expect(ids()).toEqual(["a"]);
  });

  test("is no news once work has begun", async () => {
    const { queue, told } = await filled();
    server.current.replies(NEXT, "unreachable");
    server.current.replies(HELD, "unreachable");
    for (const id of ["a", "b", "c"]) queue.drop(id);
    await pass(30_000);
    expect(told.failed).toEqual([]);
  });

  test("loses no task: one whose reply was lost is taken up", async () => {
    server.current.replies(HELD, held(), held("a"));
    server.current.replies(NEXT, "cut off", NOTHING);
    const { queue, ids } = opened();
    queue.fill();
    await pass(3_000);
    expect(ids()).toEqual(["a"]);
  });
});

describe("a task whose lease was lost", () => {
  test("stays on the screen where there is work in it, and says so of itself", async () => {
    server.current.replies(HELD, held("a", "b"));
    server.current.replies(NEXT, NOTHING);
    const { queue, told, ids } = opened([], ["a", "b"]);
    queue.fill();
    await pass();
    server.current.replies(HELD, held());
    await queue.dropLost();
    // What is not on the screen goes: its work is kept elsewhere.
    expect([ids(), queue.tasks[0]?.ranOut, told.lost]).toEqual([["a"], "lost", 1]);
    await queue.renewAll();
    expect(ids()).toEqual(["a"]);
  });

  test("is marked as soon as its time is up, and not before", async () => {
    const { queue } = await filled();
    const over = Date.parse(queue.tasks[0]?.assignment.expires_at ?? "");
    queue.markRunOut(over);
    expect(queue.tasks.map(({ ranOut }) => ranOut)).toEqual(Array(4).fill(undefined));
    queue.markRunOut(over + 1);
    expect(queue.tasks.map(({ ranOut }) => ranOut)).toEqual(Array(4).fill("away"));
    expect(queue.hasRunOut(over + 1)).toBe(true);
  });

  test.each([404, 409, 410])("(%i) leaves the hand, and is told of", async (status) => {
    const { queue, told, ids } = await filled();
    server.current.replies("POST /api/assignments/a/renew", refusal(status));
    const until = { status: 200, body: { expires_at: "2036-01-01T09:00:00Z" } };
    server.current.replies("POST /api/assignments/b/renew", until);
    server.current.replies("POST /api/assignments/c/renew", until);
    server.current.replies("POST /api/assignments/d/renew", until);
    server.current.replies(HELD, held("b", "c", "d"));
    await queue.renewAll();
    await pass();
    expect([ids(), told.lost]).toEqual([["b", "c", "d"], 1]);
  });

  test("is not told from one that cannot be renewed for want of a line", async () => {
    const { queue, told, ids } = await filled();
    for (const id of "abcd") {
      server.current.replies(`POST /api/assignments/${id}/renew`, "unreachable");
    }
    server.current.replies(HELD, "unreachable");
    await queue.renewAll();
    await pass();
    expect([ids(), told.lost]).toEqual([["a", "b", "c", "d"], 0]);
  });

  test("is not one that was lent after the list of what is lent was made", async () => {
    const { queue, told, ids } = await filled();
    const old = slow();
    server.current.replies(HELD, old.reply);
    server.current.replies(NEXT, lent("e"));
    const looked = queue.dropLost();
    queue.drop("a");
    queue.fill();
    await pass();
    old.arrive(held("b", "c", "d"));
    await looked;
    expect([ids(), told.lost]).toEqual([["b", "c", "d", "e"], 0]);
  });

  test("is kept when it was only renewed, with its new time", async () => {
    const { queue } = await filled();
    for (const id of "abcd") {
      const body = { expires_at: "2036-01-01T09:00:00Z" };
      server.current.replies(`POST /api/assignments/${id}/renew`, { status: 200, body });
    }
    await queue.renewAll();
    expect(queue.tasks.map((one) => one.assignment.expires_at)).toEqual(
      Array.from("abcd", () => "2036-01-01T09:00:00Z"),
    );
  });
});

describe("a start without a connection", () => {
  test("goes on with what this device has, and asks what is still ours when it can", async () => {
    server.current.replies(HELD, "unreachable", held("a", "c"));
    server.current.replies(NEXT, NOTHING);
    const { queue, told, ids } = opened([], [], [assignment("a"), assignment("b")]);
    queue.fill();
    await pass();
    expect(ids()).toEqual(["a", "b"]);
    await pass(3_000);
    expect([ids(), told.lost]).toEqual([["a", "c"], 1]);
  });

  test("shows no task again that was answered", async () => {
    server.current.replies(HELD, "unreachable");
    const { queue, ids } = opened(["a"], [], [assignment("a"), assignment("b")]);
    queue.fill();
    await pass();
    expect(ids()).toEqual(["b"]);
  });
});

describe("a refusal", () => {
  test("for want of a session is told as that", async () => {
    server.current.replies(HELD, refusal(401));
    const { queue, told } = opened();
    queue.fill();
    await pass(60_000);
    expect(told).toEqual({ expired: 1, lost: 0, failed: [] });
    expect(server.current.calls).toHaveLength(1);
  });

  test("because too many are held is none of the annotator's business", async () => {
    server.current.replies(HELD, held());
    server.current.replies(NEXT, refusal(409), lent("a"), NOTHING);
    const { queue, told, ids } = opened();
    queue.fill();
    await pass(3_000);
    expect([told.failed, ids()]).toEqual([[], ["a"]]);
  });
});
