import { describe, expect, test } from "vitest";
import type { Assignment } from "../shared/api";
import { editor } from "../editors/categorization";
import { undone } from "./history";
import { initialHistory } from "./proposal";

const ASSIGNMENT: Assignment = {
  assignment_id: "a",
  type: "categorization",
  instruction: "",
  params: { attachment: "x", categories: ["cat", "dog"] },
  files: {},
  frames: {},
  review: true,
  lesson: false,
  shown: true,
  leased_at: "2026-01-01T00:00:00Z",
  expires_at: "2026-01-01T00:15:00Z",
  draft: null,
  proposal: null,
};

describe("a proposed answer", () => {
  test("is filled in, and undo takes it away", () => {
    const history = initialHistory(editor, { ...ASSIGNMENT, proposal: { category: "dog" } });
    expect(history.present).toEqual(["dog"]);
    expect(undone(history).present).toEqual([]);
  });

  test("that there is not leaves the answer empty, with nothing to undo", () => {
    const history = initialHistory(editor, ASSIGNMENT);
    expect(history.present).toEqual([]);
    expect(history.past).toEqual([]);
  });
});
