import { describe, expect, test } from "vitest";
import {
  Counting,
  excess,
  inOrder,
  pieceAt,
  pieces,
  snapped,
  spanAt,
  wholeSigns,
  withSpan,
  wordBeside,
} from "./spans";

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

  test("and after the inner one, those around it in turn", () => {
    const [outer, middle, inner] = [span(0, 20), span(4, 9), span(5, 8)];
    const all = [outer, middle, inner];
    expect([null, inner, middle, outer].map((chosen) => spanAt(all, 6, chosen))).toEqual([
      inner,
      middle,
      outer,
      inner,
    ]);
  });

  test("those given at once are in order, and none is there twice", () => {
    const two = { ...span(5, 8), label: "Q" };
    expect(inOrder([span(5, 8), span(0, 3), two, span(5, 8)])).toEqual([
      span(0, 3),
      span(5, 8),
      two,
    ]);
  });

  test("too many, and too much text below them, are told", () => {
    const many = Array.from({ length: 10_001 }, (_, index) => span(index, index + 1));
    expect(excess(many.slice(1))).toBeNull();
    expect(excess(many)).toContain("10,000 spans");
    const long = [span(0, 1_000_000), span(1, 1_000_000), { ...span(0, 1_000_000), label: "Q" }];
    expect(excess(long.slice(1))).toBeNull();
    expect(excess(long)).toContain("2,000,000 characters");
  });

  test("ten thousand in a text of emoji are counted in a moment", () => {
    const counting = new Counting("🙂 ".repeat(300_000));
    const before = performance.now();
    for (let at = 0; at < 10_000; at++) counting.toCodePoints(counting.toUnits(at * 60));
    expect(counting.toUnits(599_998)).toBe(899_997);
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe("an exact selection", () => {
  const text = "cafe\u0301 👩‍👩‍👧\n🇫🇷🇩🇪 नि fin";
  const all = pieces(text);
  const marked = (start: number, end: number) => {
    const word = wholeSigns(all, start, end);
    return word && text.slice(word.start, word.end);
  };

  test("is widened to whole signs", () => {
    expect(marked(3, 4)).toBe("e\u0301");
    expect(marked(4, 5)).toBe("e\u0301");
    expect(marked(text.indexOf("👩") + 1, text.indexOf("👧"))).toBe("👩‍👩‍👧");
    expect(marked(text.indexOf("🇫") + 2, text.indexOf("🇫") + 3)).toBe("🇫🇷");
    expect(marked(text.indexOf("न"), text.indexOf("न") + 1)).toBe("नि");
  });
  test("keeps its blanks, and is nothing when it holds nothing", () => {
    expect(marked(4, 6)).toBe("e\u0301 ");
    expect(marked(6, 6)).toBeNull();
  });
});
