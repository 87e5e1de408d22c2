import { beforeEach, describe, expect, test } from "vitest";
import { assignment, fakeServer, pass, refusal, type Reply, slow } from "../../testing/fake-server";
import { editor } from "../editors/transcription";
import type { Value } from "../editors/transcription/fields";
import { deleteLocal } from "../shared/local-store";
import { DraftKeeper, draftToContinue, forgetDraft, savedDraft } from "./drafts";

const server = fakeServer();
const SAVE = "PUT /api/assignments/a/draft";
const HELD = "GET /api/assignments";
const TASK = assignment("a");

const saved = (version: number): Reply => ({ status: 200, body: { version } });
const value = (line: string): Value => ({ fields: { line }, rows: [] });
const response = (line: string) => ({ fields: { line } });
const heldWith = (line: string, version: number): Reply => ({
  status: 200,
  body: { assignments: [assignment("a", { draft: { response: response(line), version } })] },
});

beforeEach(() => deleteLocal("drafts", "a"));

function opened(version = 0) {
  const told = { saved: [] as string[], fuller: [] as unknown[], expired: 0 };
  const events = {
    saved: (where: "device" | "server") => void told.saved.push(where),
    fuller: (theirs: unknown) => void told.fuller.push(theirs),
    sessionExpired: () => void told.expired++,
  };
  return { keeper: new DraftKeeper("anna", TASK, editor, events, version), told };
}

const onDevice = (annotatorId = "anna") => savedDraft(annotatorId, TASK, editor);

describe("of two drafts", () => {
  const size = (text: unknown) => String(text).length;

  test("the device's goes on when it grew from the server's", () => {
    const server = { value: "long", version: 2 };
    expect(draftToContinue({ value: "", version: 2 }, server, size)?.value).toBe("");
  });

  test("that grew apart the fuller one goes on, at the server's version", () => {
    const server = { value: "longer", version: 5 };
    expect(draftToContinue({ value: "short", version: 2 }, server, size)).toEqual(server);
    expect(draftToContinue({ value: "the longest", version: 2 }, server, size)).toEqual({
      value: "the longest",
      version: 5,
    });
  });

  test("one that is alone is taken as it is", () => {
    expect(draftToContinue(undefined, { value: "a", version: 1 }, size)?.value).toBe("a");
    expect(draftToContinue(undefined, undefined, size)).toBeUndefined();
  });
});

describe("a change", () => {
  test("is on the device within 300 ms and on the server after two seconds", async () => {
    server.current.replies(SAVE, saved(1));
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(300);
    expect((await onDevice())?.value).toEqual(value("half"));
    expect(server.current.calls).toEqual([]);
    await pass(1_700);
    expect(server.current.bodies(SAVE)).toEqual([{ response: response("half"), version: 0 }]);
    expect(told.saved).toEqual(["device", "server"]);
    expect((await onDevice())?.version).toBe(1);
  });

  test("is on the device at once when the page is about to go", async () => {
    const { keeper } = opened();
    keeper.changed(value("half"));
    keeper.flush();
    await pass();
    keeper.close();
    expect((await onDevice())?.value).toEqual(value("half"));
  });

  test("after a reload goes on from the device, for the same annotator only", async () => {
    server.current.replies(SAVE, "unreachable");
    const { keeper } = opened();
    keeper.changed(value("half of it"));
    await pass(5_000);
    keeper.close();
    expect(await onDevice()).toMatchObject({ value: value("half of it"), version: 0 });
    expect(await onDevice("ben")).toBeUndefined();
  });

  test("is forgotten once its answer was taken", async () => {
    const { keeper } = opened();
    keeper.changed(value("half"));
    await pass(300);
    keeper.close();
    await forgetDraft("a");
    expect(await onDevice()).toBeUndefined();
  });
});

describe("a network that fails", () => {
  test.each<[string, Reply]>([
    ["is away", "unreachable"],
    ["breaks off", "cut off"],
    ["meets a broken server", refusal(500)],
    ["meets a busy server", refusal(503, { "Retry-After": "7" })],
  ])("and %s leaves it on the device, and the next change tries again", async (_, reply) => {
    server.current.replies(SAVE, reply, saved(1));
    const { keeper, told } = opened();
    keeper.changed(value("one"));
    await pass(10_000);
    expect(told).toEqual({ saved: ["device"], fuller: [], expired: 0 });
    expect((await onDevice())?.value).toEqual(value("one"));
    keeper.changed(value("one two"));
    await pass(300);
    await pass(1_700);
    expect(server.current.bodies(SAVE)).toEqual([
      { response: response("one"), version: 0 },
      { response: response("one two"), version: 0 },
    ]);
    expect(told.saved).toEqual(["device", "device", "server"]);
  });

  test("and is slow never has two saves on their way, to arrive out of order", async () => {
    const first = slow();
    server.current.replies(SAVE, first.reply, saved(2));
    const { keeper } = opened();
    keeper.changed(value("one"));
    await pass(2_000);
    keeper.changed(value("one two"));
    await pass(20_000);
    expect(server.current.bodies(SAVE)).toHaveLength(1);
    first.arrive(saved(1));
    await pass(2_000);
    expect(server.current.bodies(SAVE).at(-1)).toEqual({
      response: response("one two"),
      version: 1,
    });
  });

  test("and ends the session says so, with the draft on the device", async () => {
    server.current.replies(SAVE, refusal(401));
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(2_000);
    expect(told.expired).toBe(1);
    expect((await onDevice())?.value).toEqual(value("half"));
  });
});

describe("a draft that was saved elsewhere meanwhile", () => {
  test("is taken over where it is fuller", async () => {
    server.current.replies(SAVE, refusal(409));
    server.current.replies(HELD, heldWith("much more of it", 4));
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(2_000);
    expect(told.fuller).toEqual([value("much more of it")]);
  });

  test("is written over where it is not, on top of its version", async () => {
    server.current.replies(SAVE, refusal(409), saved(5));
    server.current.replies(HELD, heldWith("ha", 4));
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(4_000);
    expect(told.fuller).toEqual([]);
    expect(server.current.bodies(SAVE).at(-1)).toEqual({ response: response("half"), version: 4 });
  });

  test("in another tab is never written over unseen", async () => {
    const [one, other] = [opened(), opened()];
    server.current.replies(SAVE, saved(1), refusal(409), saved(2));
    server.current.replies(HELD, heldWith("of one tab", 1));
    one.keeper.changed(value("of one tab"));
    await pass(2_000);
    other.keeper.changed(value("of another tab"));
    await pass(4_000);
    const versions = server.current.bodies(SAVE).map((body) => Object(body).version);
    expect(versions).toEqual([0, 0, 1]);
  });

  test("and cannot be looked at costs nothing: the next change asks again", async () => {
    server.current.replies(SAVE, refusal(409), refusal(409), saved(5));
    server.current.replies(HELD, "unreachable", heldWith("ha", 4));
    const { keeper } = opened();
    keeper.changed(value("half"));
    await pass(10_000);
    expect((await onDevice())?.value).toEqual(value("half"));
    keeper.changed(value("half of it"));
    await pass(4_000);
    expect(server.current.bodies(SAVE).at(-1)).toEqual({
      response: response("half of it"),
      version: 4,
    });
  });
});

describe("the draft of a task whose lease was lost", () => {
  test.each([404, 409, 410])("(%i) is not sent again by itself", async (status) => {
    server.current.replies(SAVE, refusal(status));
    server.current.replies(HELD, { status: 200, body: { assignments: [] } });
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(60_000);
    expect(server.current.bodies(SAVE)).toHaveLength(1);
    expect(told).toEqual({ saved: ["device"], fuller: [], expired: 0 });
  });
});

test("a save that is answered after the task was handed in leaves nothing behind", async () => {
  const late = slow();
  server.current.replies(SAVE, late.reply);
  const { keeper, told } = opened();
  keeper.changed(value("half"));
  await pass(2_000);
  keeper.close();
  await forgetDraft("a");
  late.arrive(saved(1));
  await pass(60_000);
  expect(await onDevice()).toBeUndefined();
  expect(told.saved).toEqual(["device"]);
});
