import { describe, expect, test } from "vitest";
import { matchingLabels } from "./label-search";
import { leaves } from "./labels";

/** The names found, the nearest first. */
function found(names: readonly string[], query: string): string[] {
  return matchingLabels(leaves(names), query).map((index) => names[index] as string);
}

test("search forgives left-out letters and puts whole matches first", () => {
  const names = ["motor boat", "cat", "motorcycle"];
  expect(found(names, "mtrc")).toEqual(["motorcycle"]);
  expect(found(names, "cat")).toEqual(["cat"]);
  expect(found(names, "oat")).toEqual(["motor boat"]);
});

describe("a query's words are beginnings of the label's words", () => {
  const names = [
    "arrival_of_goods",
    "card_arrival",
    "card-delivery",
    "cardArrivalLate",
    "discard arrears",
  ];
  test("wherever the label is cut", () => {
    expect(found(names, "card arr").slice(0, 2)).toEqual(["card_arrival", "cardArrivalLate"]);
    expect(found(names, "card del")[0]).toBe("card-delivery");
    expect(found(["card arrival"], "card_arr")).toEqual(["card arrival"]);
  });
  test("in any order, after those in their own order", () => {
    expect(found(names, "arr card").slice(0, 2)).toEqual(["card_arrival", "cardArrivalLate"]);
    expect(found(["b a", "a b"], "a b")).toEqual(["a b", "b a"]);
  });
  test("before labels that have the letters inside of a word", () => {
    expect(found(["discard", "card"], "card")).toEqual(["card", "discard"]);
  });
  test("also of the choices above a label", () => {
    const labels = leaves([{ choice: "Payment card", subchoices: ["arrival", "loss"] }, "arrival"]);
    expect(matchingLabels(labels, "pay arr")).toEqual([0]);
  });
});

test.each([
  ["Ärger", "arger"],
  ["arger", "ÄRGER"],
  ["STRASSE", "straße"],
  ["Łódź", "lodz"],
  ["İstanbul", "istanbul"],
  ["café", "CAFE"],
  ["ﬁle", "file"],
  ["ΣΟΦΟΣ", "σοφος"],
  ["שָׁלוֹם", "שלום"],
  ["한국어", "한국"],
  ["naïve_bayes", "bayes naive"],
])("%s is found by %s", (name, query) => {
  expect(found(["zzz", name], query)).toEqual([name]);
});

test("signs of Indian scripts stay apart", () => {
  expect(found(["कि", "का"], "कि")).toEqual(["कि"]);
});

test("a query of nothing but blanks or signs", () => {
  expect(found(["a", "b"], "  ")).toEqual(["a", "b"]);
  expect(found(["a_b", "ab"], "_")).toEqual(["a_b"]);
  expect(found(["C", "C++"], "c++")[0]).toBe("C++");
});

test("a thousand labels are searched within a frame", () => {
  const labels = leaves(
    Array.from({ length: 1_000 }, (_, index) => `${"long label name ".repeat(12)}${index}`),
  );
  matchingLabels(labels, "warm");
  const before = performance.now();
  for (const query of ["l", "lo", "long", "long la", "name long 99", "lnl 7"]) {
    matchingLabels(labels, query);
  }
  expect((performance.now() - before) / 6).toBeLessThan(16);
});
