import { expect, test } from "vitest";
import { worded } from "./wording";

test("a choice is its name, and an id is left out", () => {
  expect(worded({ category: "cat", category_id: "c1" })).toEqual(["category: cat"]);
  expect(worded({ category: ["cat", "dog"] })).toEqual(["category: cat, dog"]);
});

test("marks are a line each", () => {
  const box = { uuid: "x", type: "box", label: "car", left: 1, top: 2 };
  expect(worded({ annotations: [box, { ...box, label: "bus" }] })).toEqual([
    "annotations: type box, label car, left 1, top 2",
    "annotations: type box, label bus, left 1, top 2",
  ]);
});

test("nothing is said to be nothing, and too much is counted", () => {
  expect(worded({ annotations: [] })).toEqual(["annotations: (none)"]);
  expect(worded({})).toEqual(["(nothing)"]);
  const many = { annotations: Array.from({ length: 50 }, (_, n) => ({ n })) };
  expect(worded(many).at(-1)).toBe("… and 10 more");
});
