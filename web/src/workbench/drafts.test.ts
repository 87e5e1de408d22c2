import { beforeEach, describe, expect, test } from "vitest";
import { assignment, fakeServer, pass, refusal, type Reply, slow } from "../../testing/fake-server";
import { editor } from "../editors/transcription";
import type { ApiError } from "../shared/api";
import type { Value } from "../editors/transcription/fields";
import { deleteLocal } from "../shared/local-store";
import { draftToContinue, stepsToKeep } from "./draft-choice";
import { DraftKeeper, forgetDraft, savedDraft, type ServerDraft } from "./drafts";

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
  const told = {
    saved: [] as string[],
    conflicts: [] as ServerDraft[],
    refused: [] as number[],
    lost: 0,
    expired: 0,
  };
  const events = {
    saved: (where: "device" | "server") => void told.saved.push(where),
    conflict: (other: ServerDraft) => void told.conflicts.push(other),
    refused: ({ status }: ApiError) => void told.refused.push(status),
    lost: () => void told.lost++,
    sessionExpired: () => void told.expired++,
  };
  const draft = { value: value(""), version, past: [], isUnsent: false };
  return { keeper: new DraftKeeper("anna", TASK, editor, events, draft), told };
}

const onDevice = (annotatorId = "anna") => savedDraft(annotatorId, TASK, editor);

describe("of two drafts", () => {
  const blank = "";
  const server = { value: "much more of it", response: { of: "the server" }, version: 2 };
  const device = { value: "short", past: ["", "sh"], isUnsent: true };

  test("the device's goes on when it grew from the server's, however short it is", () => {
    expect(draftToContinue({ ...device, version: 2 }, server, blank)).toEqual({
      ...device,
      version: 2,
    });
  });

  test("the server's goes on when the device's was all saved, and Undo brings that back", () => {
    const saved = { ...device, version: 1, isUnsent: false };
    expect(draftToContinue(saved, { ...server, value: "x" }, blank)).toEqual({
      value: "x",
      version: 2,
      past: ["", "sh", "short"],
      isUnsent: false,
    });
  });

  test("that grew apart neither goes on unasked, and both are kept", () => {
    const found = draftToContinue({ ...device, version: 1 }, server, blank);
    expect(found).toMatchObject({ value: "short", version: 1, other: server });
  });

  test("the server's that this device sent is no other place's, though its reply was lost", () => {
    const sent = { response: { of: "the server" }, version: 1 };
    const found = draftToContinue({ ...device, version: 1, sent }, server, blank);
    expect(found).toEqual({ ...device, version: 2 });
    const later = { ...server, version: 3 };
    expect(draftToContinue({ ...device, version: 1, sent }, later, blank)?.other).toEqual(later);
  });

  test("that say the same none is asked about", () => {
    const same = { ...device, response: { of: "the server" }, version: 1 };
    const found = draftToContinue(same, server, blank);
    expect(found).toMatchObject({ value: "short", version: 2, isUnsent: false });
    expect(found?.other).toBeUndefined();
  });

  test("one that is alone is taken as it is, and Undo leads to the beginning", () => {
    expect(draftToContinue(undefined, server, blank)).toMatchObject({ past: [""], version: 2 });
    expect(draftToContinue({ ...device, version: 0 }, undefined, blank)?.value).toBe("short");
    expect(draftToContinue(undefined, undefined, blank)).toBeUndefined();
  });

  test("one of an older page, which does not say whether it was sent, is asked about", () => {
    expect(draftToContinue({ value: "old", version: 1 }, server, blank)?.other).toEqual(server);
    expect(draftToContinue({ value: "old", version: 2 }, server, blank)?.value).toBe("old");
  });
});

describe("of the steps before a draft", () => {
  const steps = Array.from({ length: 100 }, (_, index) => index);
  test("as many are kept as the size of the answer allows, and the last one always", () => {
    expect(stepsToKeep(steps, 3)).toEqual(steps.slice(-30));
    expect(stepsToKeep(steps, 999)).toEqual([96, 97, 98, 99]);
    expect(stepsToKeep(steps, 100_000)).toEqual([99]);
  });

  test("all come back after a reload", async () => {
    const { keeper } = opened();
    keeper.changed(value("three"), [value(""), value("one"), value("two")]);
    await pass(300);
    keeper.close();
    expect((await onDevice())?.past).toEqual([value(""), value("one"), value("two")]);
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
  ])("and %s leaves it on the device, and it is sent again by itself", async (_, reply) => {
    server.current.replies(SAVE, reply, saved(1));
    const { keeper, told } = opened();
    keeper.changed(value("one"));
    await pass(10_000);
    expect((await onDevice())?.value).toEqual(value("one"));
    expect(server.current.bodies(SAVE)).toEqual([
      { response: response("one"), version: 0 },
      { response: response("one"), version: 0 },
    ]);
    expect(told.saved.toSorted()).toEqual(["device", "server"]);
    expect(told).toMatchObject({ conflicts: [], expired: 0 });
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
  test.each(["much more of it", "ha"])("is asked about, fuller or not (%s)", async (theirs) => {
    server.current.replies(SAVE, refusal(409), saved(5));
    server.current.replies(HELD, heldWith(theirs, 4));
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(2_000);
    expect(told.conflicts).toEqual([
      { value: value(theirs), response: response(theirs), version: 4 },
    ]);
    keeper.changed(value("half of it"));
    await pass(60_000);
    expect(server.current.bodies(SAVE)).toHaveLength(1);
    keeper.resolved();
    await pass(300);
    expect(server.current.bodies(SAVE).at(-1)).toEqual({
      response: response("half of it"),
      version: 4,
    });
  });

  test("was this one's own where the reply to it was lost", async () => {
    server.current.replies(SAVE, refusal(409), saved(2));
    server.current.replies(HELD, heldWith("half", 1));
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(4_000);
    expect(told.conflicts).toEqual([]);
    expect(server.current.bodies(SAVE).at(-1)).toEqual({ response: response("half"), version: 1 });
  });

  test("in another tab is never written over unseen", async () => {
    const [one, other] = [opened(), opened()];
    server.current.replies(SAVE, saved(1), refusal(409), saved(2));
    server.current.replies(HELD, heldWith("of one tab", 1));
    one.keeper.changed(value("of one tab"));
    await pass(2_000);
    other.keeper.changed(value("of another tab"));
    await pass(4_000);
    expect(server.current.bodies(SAVE)).toHaveLength(2);
    expect(other.told.conflicts).toMatchObject([{ value: value("of one tab") }]);
  });

  test("and cannot be looked at costs nothing: it is asked for again", async () => {
    server.current.replies(SAVE, refusal(409), refusal(409), saved(5));
    server.current.replies(HELD, "unreachable", heldWith("ha", 4));
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(10_000);
    expect((await onDevice())?.value).toEqual(value("half"));
    expect(told.conflicts).toMatchObject([{ value: value("ha"), version: 4 }]);
  });
});

describe("a draft that the server refuses", () => {
  test.each([413, 415, 422])("(%i) is told, kept, and not sent again as it is", async (status) => {
    server.current.replies(SAVE, refusal(status));
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(60_000);
    expect(told.refused).toEqual([status]);
    expect(server.current.bodies(SAVE)).toHaveLength(1);
    expect((await onDevice())?.value).toEqual(value("half"));
  });
});

describe("a draft that was made offline", () => {
  test("is sent at once when the line is back", async () => {
    server.current.replies(SAVE, "unreachable", "unreachable", "unreachable", saved(1));
    const { keeper, told } = opened();
    keeper.changed(value("half"));
    await pass(8_000);
    server.current.replies(SAVE, saved(1));
    keeper.retry();
    await pass();
    expect(told.saved).toEqual(["device", "server"]);
  });

  test("is sent when the task is opened again", async () => {
    server.current.replies(SAVE, "unreachable");
    const { keeper } = opened();
    keeper.changed(value("half"));
    await pass(300);
    keeper.close();
    server.current.replies(SAVE, saved(1));
    const draft = await onDevice();
    const again = new DraftKeeper(
      "anna",
      TASK,
      editor,
      {
        saved: () => {},
        conflict: () => {},
        refused: () => {},
        lost: () => {},
        sessionExpired: () => {},
      },
      draft,
    );
    await pass(2_000);
    again.close();
    expect(server.current.bodies(SAVE)).toEqual([{ response: response("half"), version: 0 }]);
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
    expect(told).toMatchObject({ saved: ["device"], conflicts: [], lost: 1 });
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
