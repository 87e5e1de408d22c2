import { describe, expect, test } from "vitest";
import { Counting, pieceAt, pieces, snapped, spanAt, withSpan, wordBeside } from "./spans";

describe("counting", () => {
  const text = "a🙂b👩‍🚀c";

  test("positions count as Python counts them", () => {
    const counting = new Counting(text);
    expect(counting.toCodePoints(text.indexOf("b"))).toBe([..."a🙂"].length);
    expect(counting.toCodePoints(text.length)).toBe([...text].length);
  });

  test("every position comes back as it was", () => {
    const counting = new Counting(text);
    let units = 0;
    for (const [codePoints, character] of [...text].entries()) {
      expect(counting.toCodePoints(units)).toBe(codePoints);
      expect(counting.toUnits(codePoints)).toBe(units);
      units += character.length;
    }
  });
});

describe("words", () => {
  const all = pieces("Marie Curie,\n\nborn in Warsaw.");

  test("paragraphs keep every character in its place", () => {
    expect(all.map(({ text }) => text).join("")).toBe("Marie Curie,\n\nborn in Warsaw.");
    expect(all[pieceAt(all, 14)]?.text).toBe("born in Warsaw.");
  });

  test("a selection grows to whole words and drops the blanks around them", () => {
    expect(snapped(all, 2, 8)).toEqual({ start: 0, end: 11 });
    expect(snapped(all, 5, 6)).toBeNull();
    expect(snapped(all, 11, 16)).toEqual({ start: 11, end: 18 });
  });

  test("the next and the previous word are found across paragraphs", () => {
    expect(wordBeside(all, 12, 1)).toEqual({ start: 14, end: 18 });
    expect(wordBeside(all, 14, -1)).toEqual({ start: 11, end: 12 });
    expect(wordBeside(all, 0, -1)).toBeNull();
  });
});

describe("spans", () => {
  const span = (start: number, end: number) => ({ start, end, label: "P" });

  test("the same span is not marked twice, and all stay in order", () => {
    const spans = withSpan(withSpan(withSpan([], span(5, 8)), span(0, 3)), span(5, 8));
    expect(spans).toEqual([span(0, 3), span(5, 8)]);
  });

  test("of nested spans the inner one is hit", () => {
    expect(spanAt([span(0, 20), span(5, 8)], 6)).toEqual(span(5, 8));
    expect(spanAt([span(0, 3)], 3)).toBeNull();
  });
});
