import { expect, test } from "vitest";
import { leaves, shortened } from "./labels";

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

test("a long name keeps its beginning and its end, where labels of one family differ", () => {
  expect(shortened("car", 8)).toBe("car");
  expect(shortened("invoice_line_total_net", 9)).toBe("invo…_net");
  expect(shortened("invoice_line_total_gross", 9)).toBe("invo…ross");
  expect(shortened("a".repeat(200), 9)).toHaveLength(9);
});

test("a shortened name never cuts a sign in two", () => {
  const family = "👩‍👩‍👧‍👦";
  expect(shortened(family.repeat(4), 3)).toBe(`${family}…${family}`);
  expect(shortened("e\u0301".repeat(6), 5)).toBe("e\u0301e\u0301…e\u0301e\u0301");
});
