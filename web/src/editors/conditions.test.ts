import { expect, test } from "vitest";
import { asked, holds } from "./conditions";
import { type Field, fromResponse, problemIn, toResponse } from "./textcollection/form";

const said =
  (answers: Record<string, unknown[]>) =>
  (name: string): unknown[] =>
    answers[name] ?? [];

test.each([
  [{ animal: "dog" }, ["dog"]],
  [
    [{ animal: "dog" }, { animal: "cat" }],
    ["dog", "cat"],
  ],
  [{ animal: { not: "dog" } }, ["cat", "none"]],
  [{ not: { animal: ["dog", "cat"] } }, ["none"]],
  [{ animal: ["dog", "cat"], not: { animal: "cat" } }, ["dog"]],
  [[{ not: [{ animal: "dog" }, { animal: "none" }] }], ["cat"]],
  [{ animal: { not: { not: "dog" } } }, ["dog"]],
])("the condition %j is read as the server reads it", (condition, wanted) => {
  const animals = ["dog", "cat", "none"];
  expect(animals.filter((one) => holds(condition, said({ animal: [one] })))).toEqual(wanted);
});

test("true is not 1, and 1 is 1.0", () => {
  expect(holds({ a: 1 }, said({ a: [true] }))).toBe(false);
  expect(holds({ a: 1 }, said({ a: [1.0] }))).toBe(true);
});

const FORM: Field[] = [
  { field_id: "deep", type: "text", conditions: { breed: { not: "?" } } },
  { field_id: "animal", type: "category", choices: ["cat", "dog", "none"] },
  { field_id: "breed", type: "text", conditions: [{ animal: ["dog", "cat"] }] },
  { field_id: "count", type: "number", required: false },
  { field_id: "many", type: "boolean", required: false, conditions: { count: [2, 3] } },
];

test("fields are asked where their conditions hold, through others that are not asked", () => {
  const names = (form: Record<string, string[]>) =>
    asked(FORM, said(form)).map(({ field_id }) => field_id);
  expect(names({})).toEqual(["deep", "animal", "count"]);
  expect(names({ animal: ["dog"] })).toEqual(["deep", "animal", "breed", "count"]);
  expect(names({ animal: ["dog"], breed: ["?"] })).toEqual(["animal", "breed", "count"]);
  expect(names({ animal: ["none"], breed: ["?"] })).toEqual(["deep", "animal", "count"]);
});

test("what is not asked is neither missed nor sent, and its text is not lost", () => {
  const form = fromResponse(FORM, { animal: "dog", breed: "poodle", deep: "x", count: 2 });
  expect(problemIn(FORM, form)).toBeNull();
  const none = { ...form, animal: ["none"], deep: ["y"] };
  expect(problemIn(FORM, none)).toBeNull();
  expect(toResponse(FORM, none)).toEqual({ deep: "y", animal: "none", count: 2 });
  expect(toResponse(FORM, { ...none, animal: ["cat"] })).toHaveProperty("breed", "poodle");
  expect(toResponse(FORM, { ...none, many: [true] })).toHaveProperty("many", true);
  expect(toResponse(FORM, { ...none, many: [true], count: ["1"] })).not.toHaveProperty("many");
});
