import { type RefObject, useMemo } from "react";
import type { Binding } from "../../shared/keys";
import type { Point, Size } from "../../shared/viewport";
import type { AnnotationCanvas } from "./annotation-canvas";
import { ARROWS } from "./arrows";
import { type Cornered, nudged, nudgedCorner, withCorner, withoutCorner } from "./corners";
import { boundsOf, handles } from "./geometry";
import type { Shape, Tool } from "./shapes";
import type { Crosshair } from "./use-crosshair";
import type { Drawing } from "./use-drawing";

export const TOOL_KEYS: Record<Tool | "select", string> = {
  select: "v",
  box: "b",
  polygon: "p",
  line: "l",
  point: "o",
};
export const TOOL_NAMES: Record<Tool | "select", string> = {
  select: "Select",
  box: "Box",
  polygon: "Polygon",
  line: "Line",
  point: "Point",
};

interface DrawingKeysOptions {
  drawing: Drawing;
  crosshair: Crosshair;
  tools: readonly Tool[];
  shapes: readonly Shape[];
  picture: Size;
  canvas: RefObject<AnnotationCanvas | null>;
  show: (shape: Shape) => void;
}

export function useDrawingKeys(options: DrawingKeysOptions): readonly Binding[] {
  const { drawing, crosshair, tools, shapes, picture, canvas, show } = options;
  return useMemo(
    () => [
      ...toolKeys(drawing, tools),
      { key: "c", does: "Draw with the arrow keys", run: crosshair.enter },
      ...shapeKeys(drawing, shapes, show),
      ...cornerKeys(drawing),
      ...arrowKeys(drawing, picture, canvas),
      ...viewKeys(drawing, canvas),
    ],
    [drawing, crosshair.enter, tools, shapes, picture, canvas, show],
  );
}

function toolKeys(drawing: Drawing, tools: readonly Tool[]): Binding[] {
  return (["select", ...tools] as const).map((tool) => ({
    key: TOOL_KEYS[tool],
    does: TOOL_NAMES[tool],
    run: () => drawing.setTool(tool),
  }));
}

function shapeKeys(
  drawing: Drawing,
  shapes: readonly Shape[],
  show: (shape: Shape) => void,
): Binding[] {
  const { pendingShape, chosenShape, corner } = drawing;
  const step = (by: number) => () => {
    const at = chosenShape ? shapes.indexOf(chosenShape) : -1;
    const next = shapes.at(at < 0 ? (by > 0 ? 0 : -1) : (at + by) % shapes.length);
    if (next) show(next);
  };
  const leave = () => {
    if (pendingShape) drawing.pend(null);
    else if (corner !== null) drawing.takeCorner(null);
    else if (chosenShape) drawing.drop();
    else if (drawing.tool === "select") drawing.setTool(drawing.lastTool);
  };
  const remove = () => {
    const less = chosenShape && corner !== null && withoutCorner({ shape: chosenShape, corner });
    if (!less) return drawing.remove();
    if (drawing.change(less.shape)) drawing.takeCorner(less.corner);
  };
  return [
    { key: "Delete", does: "Remove the chosen shape, or its corner in hand", run: remove },
    { key: "Backspace", does: "Remove the chosen shape, or its corner in hand", run: remove },
    { key: "Escape", does: "Leave what is in hand", run: leave },
    { key: "n", does: "Next shape", run: step(1) },
    { key: "Shift+n", does: "Previous shape", run: step(-1) },
  ];
}

function cornerKeys({ chosenShape, corner, takeCorner, change }: Drawing): Binding[] {
  const turn = (by: 1 | -1) => () => {
    if (!chosenShape) return;
    const count = handles(chosenShape).length;
    const from = corner ?? (by > 0 ? -1 : 0);
    takeCorner((from + by + count) % count);
  };
  const add = () => {
    const more = chosenShape && corner !== null && withCorner({ shape: chosenShape, corner });
    if (more && change(more.shape)) takeCorner(more.corner);
  };
  return [
    { key: "e", does: "Take the chosen shape by its next corner", run: turn(1) },
    { key: "Shift+e", does: "Take the chosen shape by the corner before", run: turn(-1) },
    { key: "a", does: "Add a corner behind the one in hand", run: add },
  ];
}

function arrowKeys(
  drawing: Drawing,
  picture: Size,
  canvas: RefObject<AnnotationCanvas | null>,
): Binding[] {
  const { chosenShape, corner, change, takeCorner } = drawing;
  const nudge = (by: Point) => {
    if (!chosenShape) return canvas.current?.step(by);
    if (corner === null) {
      return void change(nudged(chosenShape, by, picture), `nudge ${chosenShape.id}`);
    }
    const after: Cornered = nudgedCorner({ shape: chosenShape, corner }, by, picture);
    if (change(after.shape, `corner ${chosenShape.id}`)) takeCorner(after.corner);
  };
  return ARROWS.flatMap(([key, { x, y }]) => [
    {
      key,
      does: "Move the chosen shape, or its corner in hand, by a pixel; otherwise the picture",
      run: () => nudge({ x, y }),
      repeats: true,
    },
    {
      key: `Shift+${key}`,
      does: "Move it by ten",
      run: () => nudge({ x: 10 * x, y: 10 * y }),
      repeats: true,
    },
  ]);
}

function viewKeys(drawing: Drawing, canvas: RefObject<AnnotationCanvas | null>): Binding[] {
  const zoom = (factor: number) => () => canvas.current?.camera.zoom(factor);
  const closeUp = () => {
    const { chosenShape } = drawing;
    if (chosenShape) canvas.current?.camera.closeUp(boundsOf(chosenShape.points));
  };
  return [
    { key: "+", does: "Zoom in (or turn the wheel)", run: zoom(1.4), repeats: true },
    { key: "-", does: "Zoom out", run: zoom(1 / 1.4), repeats: true },
    { key: "f", does: "Fit the picture", run: () => canvas.current?.camera.fit() },
    { key: "Shift+f", does: "Zoom to the chosen shape", run: closeUp },
    { key: "h", does: "Hide the shapes", run: () => drawing.setHidden((hidden) => !hidden) },
  ];
}
