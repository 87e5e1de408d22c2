import { describe, expect, test } from "vitest";
import { nudged, nudgedCorner, withCorner, withoutCorner } from "./corners";
import type { Shape, Tool } from "./shapes";

const picture = { width: 100, height: 80 };

function shape(tool: Tool, ...points: [number, number][]): Shape {
  return { id: "a", tool, label: "car", points: points.map(([x, y]) => ({ x, y })) };
}

function places({ points }: Shape): [number, number][] {
  return points.map(({ x, y }) => [x, y]);
}

describe("a box held by a handle", () => {
  const box = shape("box", [10, 10], [30, 40]);
  test("changes at that corner or side only", () => {
    const corner = nudgedCorner({ shape: box, corner: 0 }, { x: -5, y: 3 }, picture);
    expect([places(corner.shape), corner.corner]).toEqual([
      [
        [5, 13],
        [30, 40],
      ],
      0,
    ]);
    const side = nudgedCorner({ shape: box, corner: 3 }, { x: 4, y: 9 }, picture);
    expect([places(side.shape), side.corner]).toEqual([
      [
        [10, 10],
        [34, 40],
      ],
      3,
    ]);
  });
  test("stays in hand at the same place when it is turned over", () => {
    const right = nudgedCorner({ shape: box, corner: 0 }, { x: 25, y: 0 }, picture);
    expect([places(right.shape), right.corner]).toEqual([
      [
        [30, 10],
        [35, 40],
      ],
      2,
    ]);
    const left = nudgedCorner({ shape: box, corner: 3 }, { x: -25, y: 0 }, picture);
    expect([places(left.shape), left.corner]).toEqual([
      [
        [5, 10],
        [10, 40],
      ],
      7,
    ]);
  });
  test("ends where the picture does", () => {
    const { shape: wide } = nudgedCorner({ shape: box, corner: 4 }, { x: 500, y: 500 }, picture);
    expect(places(wide)).toEqual([
      [10, 10],
      [100, 80],
    ]);
  });
});

test("a shape is moved as a whole, and held at the edge", () => {
  const moved = nudged(shape("polygon", [0, 0], [10, 0], [10, 10]), { x: -5, y: 75 }, picture);
  expect(places(moved)).toEqual([
    [0, 70],
    [10, 70],
    [10, 80],
  ]);
});

describe("corners of polygons and lines", () => {
  const lake = shape("polygon", [0, 0], [10, 0], [10, 10]);
  test("are added half-way to the next, also from the last to the first", () => {
    expect(withCorner({ shape: lake, corner: 0 })?.shape.points[1]).toEqual({ x: 5, y: 0 });
    const last = withCorner({ shape: lake, corner: 2 });
    expect([last?.shape.points[3], last?.corner]).toEqual([{ x: 5, y: 5 }, 3]);
  });
  test("are not added where there is no next one, nor to boxes and points", () => {
    expect(withCorner({ shape: shape("line", [0, 0], [5, 5]), corner: 1 })).toBeNull();
    expect(withCorner({ shape: shape("box", [0, 0], [5, 5]), corner: 0 })).toBeNull();
    expect(withCorner({ shape: shape("point", [0, 0]), corner: 0 })).toBeNull();
  });
  test("are removed down to the fewest", () => {
    const four = shape("polygon", [0, 0], [10, 0], [10, 10], [0, 10]);
    const less = withoutCorner({ shape: four, corner: 3 });
    expect([less?.shape.points.length, less?.corner]).toEqual([3, 2]);
    expect(withoutCorner({ shape: lake, corner: 0 })).toBeNull();
    expect(withoutCorner({ shape: shape("point", [0, 0]), corner: 0 })).toBeNull();
  });
});
