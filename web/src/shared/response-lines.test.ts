import { expect, test } from "vitest";
import { responseLines } from "./response-lines";

test("a choice is its name, and an id is left out", () => {
  expect(responseLines({ category: "cat", category_id: "c1" })).toEqual(["category: cat"]);
  expect(responseLines({ category: ["cat", "dog"] })).toEqual(["category: cat, dog"]);
});

test("marks are a line each", () => {
  const box = { uuid: "x", type: "box", label: "car", left: 1, top: 2 };
  expect(responseLines({ annotations: [box, { ...box, label: "bus" }] })).toEqual([
    "annotations: type box, label car, left 1, top 2",
    "annotations: type box, label bus, left 1, top 2",
  ]);
});

test("nothing is said to be nothing, and too much is counted", () => {
  expect(responseLines({ annotations: [] })).toEqual(["annotations: (none)"]);
  expect(responseLines({})).toEqual(["(nothing)"]);
  const many = { annotations: Array.from({ length: 50 }, (_, n) => ({ n })) };
  expect(responseLines(many).at(-1)).toBe("… and 10 more");
});
