import { describe, expect, test } from "vitest";
import { actionFor, chordsOf, KeyClash, keyMap, labelKeys, type Stroke } from "./keys";

const plain = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };
const chordOf = (stroke: Stroke) => chordsOf(stroke)[0];
const binding = (key: string, inText = false) => ({ key, does: key, run: () => {}, inText });

describe("keys", () => {
  test("two actions on one key are refused", () => {
    expect(() => keyMap([binding("z")], [binding("z")])).toThrow(KeyClash);
  });

  test("an action that yields leaves its key to another, in whichever order they come", () => {
    const yields = { ...binding("Space"), does: "scroll", yields: true };
    for (const groups of [
      [[yields], [binding("Space")]],
      [[binding("Space")], [yields]],
    ]) {
      expect(keyMap(...groups).get("Space")?.does).toBe("Space");
    }
    expect(keyMap([yields], [{ ...yields, does: "other" }]).get("Space")?.does).toBe("scroll");
  });

  test("digits work on the numeric pad, whether its lock is on or off", () => {
    expect(chordOf({ ...plain, key: "4", code: "Numpad4" })).toBe("4");
    expect(chordOf({ ...plain, key: "ArrowLeft", code: "Numpad4" })).toBe("4");
  });

  test("digits need no Shift where the layout prints other signs on them", () => {
    expect(chordOf({ ...plain, key: "&", code: "Digit1" })).toBe("1");
    expect(chordOf({ ...plain, key: "!", code: "Digit1", shiftKey: true })).toBe("Shift+1");
  });

  test("letters go by the layout, not by their place", () => {
    expect(chordOf({ ...plain, key: "z", code: "KeyY" })).toBe("z");
    expect(chordOf({ ...plain, key: "Z", code: "KeyY", shiftKey: true })).toBe("Shift+z");
  });

  test.each([
    ["Russian", "я", "KeyZ", "z"],
    ["Russian", "ы", "KeyS", "s"],
    ["Greek", "σ", "KeyS", "s"],
    ["Hebrew", "ד", "KeyS", "s"],
    ["Arabic", "س", "KeyS", "s"],
    ["Thai", "ห", "KeyS", "s"],
    ["Korean, while composing", "Process", "KeyS", "s"],
    ["Georgian", "ს", "KeyS", "s"],
    ["Russian", ".", "Slash", undefined],
    ["of accents", "Dead", "KeyN", "n"],
  ])("a letter of another script (%s %s) does what stands at its place", (_, key, code, does) => {
    const map = keyMap(["z", "s", "n"].map((one) => binding(one)));
    expect(actionFor(map, { ...plain, key, code }, false)?.key).toBe(does);
  });

  test("a letter of another script with Shift or Ctrl goes by its place as well", () => {
    const map = keyMap([binding("Shift+z"), binding("Ctrl+z", true)]);
    const stroke = { ...plain, key: "Я", code: "KeyZ" };
    expect(actionFor(map, { ...stroke, shiftKey: true }, false)?.key).toBe("Shift+z");
    expect(actionFor(map, { ...stroke, key: "я", ctrlKey: true }, true)?.key).toBe("Ctrl+z");
  });

  test("the layout comes before the place, where it says something", () => {
    const map = keyMap([binding("z"), binding("y")]);
    expect(actionFor(map, { ...plain, key: "y", code: "KeyZ" }, false)?.key).toBe("y");
    expect(actionFor(map, { ...plain, key: "q", code: "KeyZ" }, false)).toBeUndefined();
  });

  test("a sign that stands on a digit is found where the digit means nothing", () => {
    const stroke = { ...plain, key: "?", code: "Digit7", shiftKey: true };
    expect(actionFor(keyMap([binding("?")]), stroke, false)?.key).toBe("?");
    const both = keyMap([binding("?"), binding("Shift+7")]);
    expect(actionFor(both, stroke, false)?.key).toBe("Shift+7");
  });

  test("signs are themselves, whether Shift makes them or not", () => {
    expect(chordOf({ ...plain, key: "?", code: "Slash", shiftKey: true })).toBe("?");
  });

  test("the command key of a Mac counts as Ctrl", () => {
    expect(chordOf({ ...plain, key: "z", code: "KeyZ", metaKey: true })).toBe("Ctrl+z");
  });

  test("in a text field only the keys made for it work", () => {
    const map = keyMap([binding("s"), binding("Ctrl+Enter", true)]);
    expect(actionFor(map, { ...plain, key: "s", code: "KeyS" }, true)).toBeUndefined();
    const submit = { ...plain, key: "Enter", code: "Enter", ctrlKey: true };
    expect(actionFor(map, submit, true)?.key).toBe("Ctrl+Enter");
  });

  test("labels get the digits in order, then with Shift, then none", () => {
    const keys = labelKeys(Array.from({ length: 21 }, (_, index) => `label ${index}`));
    expect([keys[0], keys[9], keys[10], keys[19], keys[20]]).toEqual([
      "1",
      "0",
      "Shift+1",
      "Shift+0",
      null,
    ]);
  });

  test("labels that are digits have their own key", () => {
    expect(labelKeys(["0", "1", "7"])).toEqual(["0", "1", "7"]);
  });
});
