import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { assignment, fakeServer, OK, pass, refusal, type Reply } from "../../testing/fake-server";
import type { Annotator, Assignment } from "../shared/api";
import { deleteLocal } from "../shared/local-store";
import type { ReadyTask } from "./queue";
import { HOLD_MS, Workbench } from "./workbench";

const server = fakeServer();
const ANNA: Annotator = {
  annotator_id: "anna",
  email: "anna@example.org",
  name: "Anna",
  kind: "person",
  reviewer: false,
};
const SUBMIT_A = "POST /api/assignments/a/submit";
const HELD = "GET /api/assignments";

let open: Workbench[] = [];
beforeEach(() => {
  server.current.replies("POST /api/assignments/take", { status: 200, body: { assignments: [] } });
});
afterEach(async () => {
  for (const one of open) one.stop();
  open = [];
  sessionStorage.setItem("evenhand.answered", "[]");
  for (const store of ["outbox", "answered", "kept", "drafts"] as const) {
    for (const id of ["a", "b", "c", "d", "x"]) await deleteLocal(store, id);
  }
});

const held = (...assignments: Assignment[]): Reply => ({ status: 200, body: { assignments } });

async function opened(): Promise<Workbench> {
  const workbench = new Workbench(ANNA, () => true);
  open.push(workbench);
  await workbench.start();
  await pass();
  return workbench;
}

function current({ state }: Workbench): ReadyTask {
  if (!state.current) throw new Error("no task is on the screen");
  return state.current;
}

const onScreen = ({ state }: Workbench) => state.current?.assignment.assignment_id ?? null;
const value = (line: string) => ({ fields: { line }, rows: [] });

describe("handing in", () => {
  test("shows the next task before the answer is at the server", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b")));
    server.current.replies(SUBMIT_A, "unreachable");
    const workbench = await opened();
    workbench.submit(current(workbench), value("done"), 1_000);
    expect(onScreen(workbench)).toBe("b");
    await pass(HOLD_MS);
    expect(workbench.state).toMatchObject({ waiting: 1, offline: true });
    expect(server.current.bodies(SUBMIT_A)).toMatchObject([
      { response: { fields: { line: "done" } }, active_ms: 1_000 },
    ]);
  });

  test("brings the next task in the same request, once it knows what it holds", async () => {
    const inHand = ["a", "b", "c", "x"].map((id) => assignment(id));
    server.current.replies(HELD, held(...inHand));
    const body = { annotation_id: "of a", next: assignment("d") };
    server.current.replies(SUBMIT_A, { status: 200, body });
    const workbench = await opened();
    workbench.submit(current(workbench), value("done"), 1_000);
    await pass(HOLD_MS);
    expect(server.current.queries(SUBMIT_A)).toEqual(["?next=true"]);
    expect(server.current.bodies("POST /api/assignments/take")).toEqual([]);
    for (const id of ["b", "c", "x"]) {
      server.current.replies(`POST /api/assignments/${id}/submit`, OK);
      expect(onScreen(workbench)).toBe(id);
      workbench.submit(current(workbench), value("done"), 1_000);
    }
    expect(onScreen(workbench)).toBe("d");
  });

  test("sends what waits as soon as the browser says that the line is back", async () => {
    server.current.replies(HELD, held(assignment("a")));
    server.current.replies(SUBMIT_A, "unreachable", "unreachable", OK);
    const workbench = await opened();
    workbench.submit(current(workbench), value("done"), 1_000);
    await pass(HOLD_MS + 1_000);
    server.current.replies(HELD, held());
    dispatchEvent(new Event("online"));
    await pass();
    expect(workbench.state).toMatchObject({ waiting: 0, offline: false });
  });

  test("brings back an answer that the server finds wrong, with the reason", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b")));
    server.current.replies(SUBMIT_A, refusal(422));
    const workbench = await opened();
    const { done } = workbench.state;
    workbench.submit(current(workbench), value("wrong"), 1_000);
    await pass(HOLD_MS);
    expect(current(workbench).assignment.assignment_id).toBe("a");
    expect(current(workbench).saved?.value).toEqual(value("wrong"));
    expect(workbench.state.notice).toBe("This answer was sent back: It is a 422.");
    expect(workbench.state.done).toBe(done);
  });

  test.each([409, 410])("(%i) after the lease was lost says so and goes on", async (status) => {
    server.current.replies(HELD, held(assignment("a"), assignment("b")), held(assignment("b")));
    server.current.replies(SUBMIT_A, refusal(status));
    const workbench = await opened();
    workbench.submit(current(workbench), value("late"), 1_000);
    await pass(60_000);
    expect(onScreen(workbench)).toBe("b");
    const told = `An answer could not be taken, and is kept (Shift+r): It is a ${status}.`;
    expect(workbench.state.notice).toBe(told);
    expect(workbench.keptWork).toMatchObject([{ response: { fields: { line: "late" } } }]);
    expect(server.current.bodies(SUBMIT_A)).toHaveLength(1);
  });

  test("outlives the session: what waits is sent after the next sign-in", async () => {
    server.current.replies(HELD, held(assignment("a")));
    server.current.replies(SUBMIT_A, refusal(401), OK);
    const workbench = await opened();
    workbench.submit(current(workbench), value("done"), 1_000);
    await pass(HOLD_MS);
    expect(workbench.state).toMatchObject({ expired: true, waiting: 1 });
    workbench.retry();
    await pass();
    expect(workbench.state).toMatchObject({ expired: false, waiting: 0 });
  });

  test("outlives a reload, which does not show the task again", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b")));
    server.current.replies(SUBMIT_A, "unreachable");
    const before = await opened();
    before.submit(current(before), value("done"), 1_000);
    await pass();
    before.stop();
    const after = await opened();
    expect(onScreen(after)).toBe("b");
    expect(after.state.waiting).toBe(1);
  });

  test("outlives a reload at once, though the list of what is held is older", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b")));
    server.current.replies(SUBMIT_A, OK);
    const before = await opened();
    before.submit(current(before), value("done"), 1_000);
    await pass(HOLD_MS);
    before.stop();
    // As it was when it was asked for: before the answer arrived.
    const after = await opened();
    await pass(60_000);
    expect(onScreen(after)).toBe("b");
    expect(after.state.notice).toBeNull();
  });
});

describe("an answer that was just given", () => {
  test("is on its way after a moment, and at once when the next one is given", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b"), assignment("c")));
    server.current.replies(SUBMIT_A, OK);
    server.current.replies("POST /api/assignments/b/submit", OK);
    const workbench = await opened();
    workbench.submit(current(workbench), value("one"), 1_000);
    await pass(HOLD_MS - 1);
    expect(server.current.bodies(SUBMIT_A)).toEqual([]);
    workbench.submit(current(workbench), value("two"), 1_000);
    await pass();
    expect(server.current.bodies(SUBMIT_A)).toHaveLength(1);
    expect(server.current.bodies("POST /api/assignments/b/submit")).toEqual([]);
    await pass(HOLD_MS);
    expect(server.current.bodies("POST /api/assignments/b/submit")).toHaveLength(1);
  });

  test("is taken back as it was, and never sent", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b"), assignment("c")));
    const workbench = await opened();
    const { done } = workbench.state;
    workbench.submit(current(workbench), value("wrong"), 1_000);
    expect(workbench.state.canTakeBack).toBe(true);
    expect(workbench.takeBack()).toBe(true);
    expect(current(workbench).saved?.value).toEqual(value("wrong"));
    expect([onScreen(workbench), workbench.state.done]).toEqual(["a", done]);
    await pass(60_000);
    expect(server.current.bodies(SUBMIT_A)).toEqual([]);
    expect(workbench.takeBack()).toBe(false);
  });

  test("that was a skip is taken back as well", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b"), assignment("c")));
    const workbench = await opened();
    workbench.skip(current(workbench), "other", "", 1_000);
    expect(onScreen(workbench)).toBe("b");
    expect(workbench.takeBack()).toBe(true);
    await pass();
    expect(onScreen(workbench)).toBe("a");
  });

  test("goes when the page is hidden, for it may not come back", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b"), assignment("c")));
    server.current.replies(SUBMIT_A, OK);
    const workbench = await opened();
    workbench.submit(current(workbench), value("one"), 1_000);
    Object.assign(document, { visibilityState: "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
    Object.assign(document, { visibilityState: "visible" });
    await pass();
    expect(server.current.bodies(SUBMIT_A)).toHaveLength(1);
  });
});

describe("an answer that was sent", () => {
  test("is opened again, corrected and sent over its revision", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b"), assignment("c")));
    server.current.replies(SUBMIT_A, OK);
    const { params, type } = assignment("a");
    const answer = { assignment_id: "a", type, instruction: "", params, files: {} };
    const response = { fields: { line: "wrong" } };
    server.current.replies("GET /api/assignments/a/answer", {
      status: 200,
      body: { ...answer, response, revision: 2 },
    });
    server.current.replies("PUT /api/assignments/a/answer", { status: 200, body: { revision: 3 } });
    const workbench = await opened();
    workbench.submit(current(workbench), value("wrong"), 1_000);
    await pass(HOLD_MS);
    const [last] = workbench.answers;
    if (!last) throw new Error("nothing was handed in");
    expect(last.words).toBe("The line: wrong");
    await workbench.reopen(last);
    expect(current(workbench)).toMatchObject({ corrects: 2, saved: { value: value("wrong") } });
    const { done } = workbench.state;
    workbench.submit(current(workbench), value("right"), 500);
    expect([onScreen(workbench), workbench.state.done]).toEqual(["b", done]);
    await pass();
    expect(server.current.bodies("PUT /api/assignments/a/answer")).toEqual([
      { revision: 2, response: { fields: { line: "right" } }, active_ms: 500 },
    ]);
    expect(workbench.answers[0]?.words).toBe("The line: right");
  });

  test("and is weighed is not opened again, and says so", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b"), assignment("c")));
    server.current.replies(SUBMIT_A, OK);
    server.current.replies("GET /api/assignments/a/answer", refusal(409));
    const workbench = await opened();
    workbench.submit(current(workbench), value("wrong"), 1_000);
    await pass(HOLD_MS);
    const [last] = workbench.answers;
    if (!last) throw new Error("nothing was handed in");
    await expect(workbench.reopen(last)).rejects.toThrow("It is a 409.");
    expect(onScreen(workbench)).toBe("b");
  });

  test("whose correction comes too late stands, and that is said", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b"), assignment("c")));
    server.current.replies("PUT /api/assignments/b/answer", refusal(409));
    const workbench = await opened();
    const task = { ...current(workbench), assignment: assignment("b"), corrects: 0 };
    workbench.submit(task, value("right"), 500);
    await pass();
    expect(workbench.state.notice).toContain("the answer stands");
    expect(workbench.keptWork).toEqual([]);
  });
});

describe("a task whose time ran out", () => {
  const over = assignment("a", { expires_at: "2026-01-01T00:15:00Z" });
  const RENEW_A = "POST /api/assignments/a/renew";

  const away = async (work: boolean) => {
    server.current.replies(HELD, held(over, assignment("b"), assignment("c")));
    const workbench = new Workbench(ANNA, () => isThere);
    open.push(workbench);
    await workbench.start();
    await pass();
    if (work) workbench.noteWork("a");
    return workbench;
  };
  let isThere = false;
  beforeEach(() => {
    isThere = false;
    for (const id of ["b", "c"]) {
      server.current.replies(`POST /api/assignments/${id}/renew`, {
        status: 200,
        body: { expires_at: "2036-01-01T01:00:00Z" },
      });
    }
  });

  test("while nobody was there says so at once, and is theirs again if it can be", async () => {
    const workbench = await away(true);
    await pass(1_000);
    expect(current(workbench).ranOut).toBe("away");
    expect(server.current.bodies(RENEW_A)).toEqual([]);
    server.current.replies(RENEW_A, { status: 200, body: { expires_at: "2036-01-01T01:00:00Z" } });
    isThere = true;
    await pass(1_000);
    expect(current(workbench).ranOut).toBeUndefined();
    expect(current(workbench).assignment.expires_at).toBe("2036-01-01T01:00:00Z");
  });

  test("and that is lost stays on the screen with the work in it, to be handed in", async () => {
    const workbench = await away(true);
    server.current.replies(RENEW_A, refusal(409));
    server.current.replies(HELD, held(assignment("b"), assignment("c")));
    isThere = true;
    await pass(1_000);
    expect(current(workbench)).toMatchObject({
      assignment: { assignment_id: "a" },
      ranOut: "lost",
    });
    server.current.replies(SUBMIT_A, OK);
    workbench.submit(current(workbench), value("late"), 1_000);
    await pass(HOLD_MS);
    expect(server.current.bodies(SUBMIT_A)).toHaveLength(1);
    expect(onScreen(workbench)).toBe("b");
  });

  test("and in which there is no work goes, and that is said", async () => {
    const workbench = await away(false);
    server.current.replies(RENEW_A, refusal(409));
    server.current.replies(HELD, held(assignment("b"), assignment("c")));
    isThere = true;
    await pass(1_000);
    expect(onScreen(workbench)).toBe("b");
    expect(workbench.state.notice).toContain("The time for a task ran out");
  });

  test("behind the screen is no news", async () => {
    server.current.replies(HELD, held(assignment("b"), over));
    server.current.replies(RENEW_A, refusal(409));
    const workbench = await opened();
    server.current.replies(HELD, held(assignment("b")));
    await pass(20_000);
    expect(onScreen(workbench)).toBe("b");
    expect(workbench.state.notice).toBeNull();
  });

  test("is not said of one that was answered elsewhere", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b")), held(assignment("b")));
    const workbench = await opened();
    workbench.draftLost();
    await pass();
    expect(workbench.state.notice).toBe("A task was taken back, or answered elsewhere.");
  });

  test("and was kept is filled in where the task is lent again", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b")), held(assignment("b")));
    server.current.replies(SUBMIT_A, refusal(409));
    const before = await opened();
    before.submit(current(before), value("all my work"), 1_000);
    await pass(HOLD_MS);
    before.stop();
    const other = { ...assignment("d"), params: { ...assignment("d").params } };
    server.current.replies(HELD, held(other));
    const after = await opened();
    expect(current(after)).toMatchObject({ keptFrom: "a", saved: { value: value("all my work") } });
    server.current.replies("POST /api/assignments/d/submit", OK);
    after.submit(current(after), value("all my work"), 1_000);
    await pass(HOLD_MS);
    expect(after.keptWork).toEqual([]);
  });
});

describe("a lesson", () => {
  const lesson = assignment("a", { lesson: true });
  const FEEDBACK = "GET /api/assignments/a/feedback";
  const told = { status: 200, body: { score: 1, is_right: true } };

  test("is followed by what was expected, and only then by the next task", async () => {
    server.current.replies(HELD, held(lesson, assignment("b")));
    server.current.replies(SUBMIT_A, OK);
    server.current.replies(FEEDBACK, told);
    const workbench = await opened();
    workbench.submit(current(workbench), value("done"), 1_000);
    expect(onScreen(workbench)).toBeNull();
    await pass();
    expect(workbench.state.lessonFeedback?.feedback).toEqual(told.body);
    workbench.goOn();
    expect(onScreen(workbench)).toBe("b");
  });

  test("without a connection does not hold up the work", async () => {
    server.current.replies(HELD, held(lesson, assignment("b")));
    server.current.replies(SUBMIT_A, "unreachable");
    const workbench = await opened();
    workbench.submit(current(workbench), value("done"), 1_000);
    await pass();
    expect(onScreen(workbench)).toBe("b");
  });

  test("whose outcome cannot be fetched says so, and the work goes on", async () => {
    server.current.replies(HELD, held(lesson, assignment("b")));
    server.current.replies(SUBMIT_A, OK);
    server.current.replies(FEEDBACK, refusal(500));
    const workbench = await opened();
    workbench.submit(current(workbench), value("done"), 1_000);
    await pass();
    expect(onScreen(workbench)).toBe("b");
    expect(workbench.state.notice).toBe("What was expected could not be fetched: It is a 500.");
  });
});

describe("what was lent ahead", () => {
  const SHOWN_B = "POST /api/assignments/b/shown";

  test("is said to be shown when it is on the screen, and not before", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b", { shown: false })));
    server.current.replies(SUBMIT_A, OK);
    server.current.replies(SHOWN_B, { status: 204 });
    const workbench = await opened();
    expect(server.current.bodies(SHOWN_B)).toEqual([]);
    workbench.submit(current(workbench), value("done"), 1_000);
    await pass(HOLD_MS);
    expect(onScreen(workbench)).toBe("b");
    expect(server.current.bodies(SHOWN_B)).toHaveLength(1);
  });

  test("is let go of when it is lost behind the screen", async () => {
    server.current.replies(HELD, held(assignment("b", { shown: false })), held());
    server.current.replies(SHOWN_B, refusal(409));
    const workbench = await opened();
    await pass();
    expect(onScreen(workbench)).toBeNull();
  });
});
