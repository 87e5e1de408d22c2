import { expect, test } from "vitest";
import { matchingLabels, leaves } from "./labels";

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
  expect(matchingLabels(labels, "mtrc")).toEqual([2]);
  expect(matchingLabels(labels, "cat")).toEqual([1]);
  expect(matchingLabels(labels, "oat")).toEqual([0]);
});
