import { expect, test } from "vitest";
import { found, leaves } from "./labels";

test("only labels without labels below them can be chosen", () => {
  const tree = [
    "car",
    { choice: "animal", subchoices: ["cat", { choice: "dog", subchoices: [] }] },
  ];
  expect(leaves(tree)).toEqual([
    { name: "car", group: "" },
    { name: "cat", group: "animal" },
    { name: "dog", group: "animal" },
  ]);
});

test("search forgives left-out letters and puts whole matches first", () => {
  const labels = leaves(["motor boat", "cat", "motorcycle"]);
  expect(found(labels, "mtrc")).toEqual([2]);
  expect(found(labels, "cat")).toEqual([1]);
  expect(found(labels, "oat")).toEqual([0]);
});
