import { describe, expect, test } from "vitest";
import { acted, redone, started, undone } from "./history";

describe("history", () => {
  test("undo takes back one action and redo brings it again", () => {
    const two = acted(acted(started(0), 1), 2);
    expect(undone(two).present).toBe(1);
    expect(redone(undone(two)).present).toBe(2);
  });

  test("undo at the beginning and redo at the end change nothing", () => {
    const fresh = started("a");
    expect(undone(fresh)).toBe(fresh);
    expect(redone(fresh)).toBe(fresh);
  });

  test("a new action after undo forgets what was undone", () => {
    const branched = acted(undone(acted(started(0), 1)), 5);
    expect(redone(branched).present).toBe(5);
  });

  test("typing in one field is one step, and a pause begins the next", () => {
    let typed = started("");
    typed = acted(typed, "a", { group: "title", now: 0 });
    typed = acted(typed, "ab", { group: "title", now: 300 });
    typed = acted(typed, "abc", { group: "title", now: 5000 });
    expect(undone(typed).present).toBe("ab");
    expect(undone(undone(typed)).present).toBe("");
  });

  test("typing after undo is a step of its own", () => {
    let typed = acted(started(""), "a", { group: "title", now: 0 });
    typed = acted(undone(typed), "b", { group: "title", now: 100 });
    expect(undone(typed).present).toBe("");
  });

  test("an action that changes nothing is no step", () => {
    const fresh = started("a");
    expect(acted(fresh, "a")).toBe(fresh);
  });

  test("a falsy value can be undone to", () => {
    expect(undone(acted(started<number | null>(null), 1)).present).toBe(null);
  });
});
