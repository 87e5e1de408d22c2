import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { assignment, fakeServer, OK, pass, refusal, type Reply } from "../../testing/fake-server";
import type { Annotator, Assignment } from "../shared/api";
import { deleteLocal } from "../shared/local-store";
import type { ReadyTask } from "./queue";
import { Workbench } from "./workbench";

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
  for (const id of ["a", "b", "c"]) await deleteLocal("outbox", id);
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
    await pass();
    expect(workbench.state).toMatchObject({ waiting: 1, offline: true });
    expect(server.current.bodies(SUBMIT_A)).toMatchObject([
      { response: { fields: { line: "done" } }, active_ms: 1_000 },
    ]);
  });

  test("brings the next task in the same request, once it knows what it holds", async () => {
    server.current.replies(HELD, held(assignment("a"), assignment("b"), assignment("c")));
    const body = { annotation_id: "of a", next: assignment("d") };
    server.current.replies(SUBMIT_A, { status: 200, body });
    const workbench = await opened();
    workbench.submit(current(workbench), value("done"), 1_000);
    await pass();
    expect(server.current.queries(SUBMIT_A)).toEqual(["?next=true"]);
    expect(server.current.bodies("POST /api/assignments/take")).toEqual([]);
    for (const id of ["b", "c"]) {
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
    await pass(1_000);
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
    await pass();
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
    expect(workbench.state.notice).toBe(`An answer could not be taken: It is a ${status}.`);
    expect(server.current.bodies(SUBMIT_A)).toHaveLength(1);
  });

  test("outlives the session: what waits is sent after the next sign-in", async () => {
    server.current.replies(HELD, held(assignment("a")));
    server.current.replies(SUBMIT_A, refusal(401), OK);
    const workbench = await opened();
    workbench.submit(current(workbench), value("done"), 1_000);
    await pass();
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
    await pass();
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
