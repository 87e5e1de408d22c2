import { type RefObject, useMemo } from "react";
import type { Binding } from "../../shared/keys";
import type { AnnotationCanvas } from "./annotation-canvas";
import type { Shape, Tool } from "./shapes";
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

const NUDGES: readonly [string, number, number][] = [
  ["ArrowLeft", -1, 0],
  ["ArrowRight", 1, 0],
  ["ArrowUp", 0, -1],
  ["ArrowDown", 0, 1],
];

interface DrawingKeysOptions {
  drawing: Drawing;
  tools: readonly Tool[];
  shapes: readonly Shape[];
  canvas: RefObject<AnnotationCanvas | null>;
  show: (shape: Shape) => void;
}

export function useDrawingKeys(options: DrawingKeysOptions): readonly Binding[] {
  const { drawing, tools, shapes, canvas, show } = options;
  return useMemo(
    () => [
      ...toolKeys(drawing, tools),
      ...shapeKeys({ drawing, tools, shapes, canvas, show }),
      ...viewKeys(drawing, canvas),
    ],
    [drawing, tools, shapes, canvas, show],
  );
}

function toolKeys(drawing: Drawing, tools: readonly Tool[]): Binding[] {
  return (["select", ...tools] as const).map((tool) => ({
    key: TOOL_KEYS[tool],
    does: TOOL_NAMES[tool],
    run: () => drawing.setTool(tool),
  }));
}

function shapeKeys({ drawing, shapes, canvas, show }: DrawingKeysOptions): Binding[] {
  const { pendingShape, selected } = drawing;
  const at = shapes.findIndex(({ id }) => id === selected);
  const step = (by: number) => () => {
    const next = shapes.at(at < 0 ? (by > 0 ? 0 : -1) : (at + by) % shapes.length);
    if (next) show(next);
  };
  const nudge = (x: number, y: number) => () => {
    const shape = shapes[at];
    const nudged = shape && canvas.current?.nudged(shape, { x, y });
    if (nudged) drawing.change(nudged, `nudge ${nudged.id}`);
  };
  const leave = () => {
    if (pendingShape) drawing.pend(null);
    else if (selected !== null) drawing.select(null);
    else if (drawing.tool === "select") drawing.setTool(drawing.lastTool);
  };
  return [
    { key: "Delete", does: "Remove the chosen shape", run: drawing.remove },
    { key: "Backspace", does: "Remove the chosen shape", run: drawing.remove },
    { key: "Escape", does: "Leave the shape in hand", run: leave },
    { key: "n", does: "Next shape", run: step(1) },
    { key: "Shift+n", does: "Previous shape", run: step(-1) },
    ...NUDGES.flatMap(([name, x, y]) => [
      { key: name, does: "Move the shape by a pixel", run: nudge(x, y), repeats: true },
      {
        key: `Shift+${name}`,
        does: "Move the shape by ten",
        run: nudge(10 * x, 10 * y),
        repeats: true,
      },
    ]),
  ];
}

function viewKeys(drawing: Drawing, canvas: RefObject<AnnotationCanvas | null>): Binding[] {
  return [
    {
      key: "+",
      does: "Zoom in (or turn the wheel)",
      run: () => canvas.current?.zoom(1.4),
      repeats: true,
    },
    { key: "-", does: "Zoom out", run: () => canvas.current?.zoom(1 / 1.4), repeats: true },
    { key: "f", does: "Fit the picture", run: () => canvas.current?.fit() },
    { key: "h", does: "Hide the shapes", run: () => drawing.setHidden((hidden) => !hidden) },
  ];
}
