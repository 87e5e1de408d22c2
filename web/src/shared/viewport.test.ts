import { describe, expect, test } from "vitest";
import { keepLook, keptLook } from "./kept-looks";
import { fitted, looking, lookOf, revealed, toPicture, toScreen, WHOLE, zoomed } from "./viewport";

const picture = { width: 1_000, height: 500 };
const screen = { width: 832, height: 632 };

describe("what is looked at", () => {
  const near = zoomed(fitted(picture, screen), 3, { x: 600, y: 200 }, 0);
  test("is the same again from its description", () => {
    const again = looking(lookOf(near, picture, screen), picture, screen);
    expect(again.scale).toBeCloseTo(near.scale);
    expect([again.x, again.y]).toEqual([expect.closeTo(near.x), expect.closeTo(near.y)]);
  });
  test("means the same share of a picture of another size", () => {
    const other = { width: 400, height: 200 };
    const view = looking(lookOf(near, picture, screen), other, screen);
    expect(view.scale / fitted(other, screen).scale).toBeCloseTo(3);
    const middle = { x: screen.width / 2, y: screen.height / 2 };
    expect(toPicture(view, middle).x / other.width).toBeCloseTo(
      toPicture(near, middle).x / picture.width,
    );
  });
  test("is the whole picture, when that was looked at, whatever its size", () => {
    for (const other of [picture, { width: 3, height: 2 }, { width: 9_000, height: 9 }]) {
      expect(looking(WHOLE, other, screen).scale).toBeCloseTo(fitted(other, screen).scale);
    }
  });
  test("is kept for a kind of tasks, and for no other", () => {
    keepLook("boxes", { factor: 3, x: 0.1, y: 0.2 });
    expect(keptLook("boxes").factor).toBe(3);
    expect(keptLook("points")).toBe(WHOLE);
    for (let kind = 0; kind < 50; kind++) keepLook(`kind ${kind}`, WHOLE);
    expect(keptLook("boxes")).toBe(WHOLE);
  });
});

describe("a part is brought into sight", () => {
  const near = zoomed(fitted(picture, screen), 4, { x: 0, y: 0 }, 0);
  test("without a move when it is there", () => {
    const part = { left: 10, top: 10, right: 20, bottom: 20 };
    expect(revealed(fitted(picture, screen), part, screen)).toStrictEqual(fitted(picture, screen));
  });
  test("at the zoom that was chosen", () => {
    const part = { left: 900, top: 400, right: 920, bottom: 420 };
    const view = revealed(near, part, screen);
    expect(view.scale).toBe(near.scale);
    expect(toScreen(view, { x: 910, y: 410 })).toEqual({
      x: expect.closeTo(screen.width / 2),
      y: expect.closeTo(screen.height / 2),
    });
  });
  test("from further away only where it would not fit", () => {
    const view = revealed(near, { left: 0, top: 0, right: 1_000, bottom: 500 }, screen);
    expect(view.scale).toBeLessThan(near.scale);
    expect(toScreen(view, { x: 1_000, y: 500 }).x).toBeLessThanOrEqual(screen.width);
  });
});
