import { describe, expect, test } from "vitest";
import { type Anchor, levels, placed } from "./tag-layout";

const ROOM = 700;

function anchor(x: number, width: number, more: Partial<Anchor> = {}): Anchor {
  return { name: "", x, y: 0, isLeftward: false, width, ...more };
}

/** Whether no two names on one line cover each other. */
function areApart(anchors: readonly Anchor[]): boolean {
  const all = placed(anchors, ROOM).map((one, index) => ({ ...one, y: anchors[index]?.y }));
  return all.every((a, i) =>
    all
      .slice(0, i)
      .every((b) => a.y !== b.y || a.left >= b.left + b.width || b.left >= a.left + a.width),
  );
}

test("a name with room stands where its span begins, as wide as it is", () => {
  expect(placed([anchor(10, 50), anchor(100, 40)], ROOM)).toEqual([
    { left: 10, width: 50 },
    { left: 100, width: 40 },
  ]);
});

test("a name ends where the next begins", () => {
  const [first, second] = placed([anchor(10, 200), anchor(60, 40)], ROOM);
  expect(first).toEqual({ left: 10, width: 48 });
  expect(second).toEqual({ left: 60, width: 40 });
});

test("names of spans that begin together stand beside each other", () => {
  const all = placed([anchor(10, 80), anchor(10, 40), anchor(10, 40)], ROOM);
  expect(all.map(({ left }) => left)).toEqual([10, 34, 58]);
});

test("a name at the end of the line is moved in again", () => {
  expect(placed([anchor(690, 60)], ROOM)).toEqual([{ left: 640, width: 60 }]);
});

test("text from right to left is laid out in a mirror", () => {
  expect(placed([anchor(600, 50, { isLeftward: true })], ROOM)).toEqual([{ left: 550, width: 50 }]);
  const crowded = [anchor(600, 90, { isLeftward: true }), anchor(560, 50, { isLeftward: true })];
  expect(areApart(crowded)).toBe(true);
});

describe("many on a line", () => {
  test.each([1, 3, 10, 25])("%s pixels apart they never cover each other", (step) => {
    const anchors = Array.from({ length: 25 }, (_, index) => anchor(index * step, 10 + index * 7));
    expect(areApart(anchors)).toBe(true);
    const leftward = anchors.map((one) => ({ ...one, x: ROOM - one.x, isLeftward: true }));
    expect(areApart(leftward)).toBe(true);
  });
  test("and lines do not disturb each other", () => {
    const two = [anchor(10, 200), anchor(10, 200, { y: 41 })];
    expect(placed(two, ROOM).map(({ width }) => width)).toEqual([200, 200]);
  });
});

test("each span lies below those that it overlaps", () => {
  const spans = [
    { start: 0, end: 20 },
    { start: 0, end: 5 },
    { start: 4, end: 8 },
    { start: 6, end: 7 },
    { start: 20, end: 22 },
  ];
  expect(levels(spans)).toEqual([0, 1, 2, 1, 0]);
});
