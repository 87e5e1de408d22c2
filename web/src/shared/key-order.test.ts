import { expect, test } from "vitest";
import { entriesOf, inOrder, namesOf, remembered } from "./key-order";

test("names that spell numbers stay where the customer put them", () => {
  const params = { fields: JSON.parse('{"total": "T", "2": "two", "1": "one"}') };
  expect(Object.keys(params.fields)).toEqual(["1", "2", "total"]);
  remembered({ params, key_order: { fields: ["total", "2", "1"] } });
  expect(entriesOf(params.fields)).toEqual([
    ["total", "T"],
    ["2", "two"],
    ["1", "one"],
  ]);
});

test("what a server of the version before sent is told as JavaScript has it", () => {
  const params = { fields: { total: "T", "1": "one" } };
  remembered({ params });
  expect(namesOf(params.fields)).toEqual(["1", "total"]);
});

test("a list of names keeps its order as an object", () => {
  expect(
    namesOf(
      inOrder([
        ["b", ""],
        ["7", ""],
      ]),
    ),
  ).toEqual(["b", "7"]);
});
