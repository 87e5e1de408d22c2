import { describe, expect, test } from "vitest";
import { handles, isInside, moved, ordered, reshaped, shapeAt, snapped } from "./geometry";
import { type Params, type Shape, shapeProblem, fromAnnotation, toAnnotation } from "./shapes";
import { fitted, toPicture, toScreen, zoomed } from "../../shared/viewport";

const SIZE = { width: 200, height: 100 };
const box = (id: string, x: number, y: number, size: number): Shape => ({
  id,
  tool: "box",
  label: "car",
  points: [
    { x, y },
    { x: x + size, y: y + size },
  ],
});

describe("geometry", () => {
  test("a box drawn from any corner has its corners in order", () => {
    expect(ordered({ x: 9, y: 2 }, { x: 1, y: 8 })).toEqual([
      { x: 1, y: 2 },
      { x: 9, y: 8 },
    ]);
  });

  test("of shapes over each other the smallest is hit", () => {
    const hit = shapeAt([box("small", 10, 10, 10), box("large", 0, 0, 50)], { x: 15, y: 15 }, 2);
    expect(hit?.id).toBe("small");
    expect(shapeAt([box("small", 10, 10, 10)], { x: 80, y: 80 }, 2)).toBeNull();
  });

  test("a shape moved past the edge stops at it, unbent", () => {
    const points = moved(box("a", 10, 10, 20).points, { x: 500, y: -500 }, SIZE);
    expect(points).toEqual([
      { x: 180, y: 0 },
      { x: 200, y: 20 },
    ]);
  });

  test("dragging a corner past the opposite one turns the box over", () => {
    const shape = box("a", 10, 10, 10);
    expect(handles(shape)).toHaveLength(8);
    expect(reshaped(shape, 0, { x: 30, y: 40 })).toEqual([
      { x: 20, y: 20 },
      { x: 30, y: 40 },
    ]);
  });

  test("dragging a side leaves the others", () => {
    expect(reshaped(box("a", 10, 10, 10), 3, { x: 50, y: 99 })).toEqual([
      { x: 10, y: 10 },
      { x: 50, y: 20 },
    ]);
  });

  test("inside and outside of an outline with a notch", () => {
    const notched = [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 10, y: 10 },
      { x: 5, y: 5 },
      { x: 0, y: 10 },
    ];
    expect(isInside({ x: 5, y: 3 }, notched)).toBe(true);
    expect(isInside({ x: 5, y: 8 }, notched)).toBe(false);
  });

  test("large pictures are drawn on in whole pixels, tiny ones between them", () => {
    expect(snapped({ x: 1.4, y: 2.6 }, SIZE)).toEqual({ x: 1, y: 3 });
    expect(snapped({ x: 1.4, y: 2.6 }, { width: 8, height: 8 })).toEqual({ x: 1.4, y: 2.6 });
  });
});

describe("viewport", () => {
  test("zooming keeps the place under the pointer where it is", () => {
    const view = fitted(SIZE, { width: 800, height: 600 });
    const at = { x: 123, y: 77 };
    const nearer = zoomed(view, 3, at, 0.1);
    const [before, after] = [toPicture(view, at), toPicture(nearer, at)];
    expect(after.x).toBeCloseTo(before.x);
    expect(after.y).toBeCloseTo(before.y);
    expect(toScreen(nearer, after).x).toBeCloseTo(at.x);
  });
});

describe("answers", () => {
  const params: Params = {
    attachment: "a",
    geometries: { box: { objects_to_annotate: ["car"], min_width: 5, min_height: 5 } },
  };

  test("every shape comes back from its wording as it was", () => {
    const polygon: Shape = { ...box("p", 1, 1, 1), tool: "polygon" };
    for (const shape of [box("a", 1.239, 2, 10), polygon]) {
      const again = fromAnnotation(toAnnotation(shape), "x");
      expect(again && toAnnotation(again)).toEqual(toAnnotation(shape));
    }
  });

  test("a box below the least size is refused", () => {
    expect(shapeProblem(params, box("a", 0, 0, 4))).toContain("at least 5");
    expect(shapeProblem(params, box("a", 0, 0, 5))).toBeNull();
  });
});
