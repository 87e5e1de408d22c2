/** Drawing without a pointer: arrow keys move a crosshair, and Enter sets what the tool sets. */

import { type RefObject, useCallback, useMemo, useState } from "react";
import type { Binding } from "../../shared/keys";
import { uuid } from "../../shared/uuid";
import { distance, type Point } from "../../shared/viewport";
import type { AnnotationCanvas } from "./annotation-canvas";
import { ordered } from "./geometry";
import { ARROWS } from "./arrows";
import { type Shape, type Tool, VERTICES_LEAST } from "./shapes";
import type { Drawing } from "./use-drawing";

interface CrosshairOptions {
  drawing: Drawing;
  canvas: RefObject<AnnotationCanvas | null>;
  say: (message: string) => void;
}

export type Crosshair = ReturnType<typeof useCrosshair>;

/** Where the crosshair is, or null; and where the box was begun that it draws. */
export function useCrosshair({ drawing, canvas, say }: CrosshairOptions) {
  const [at, setAt] = useState<Point | null>(null);
  const [from, setFrom] = useState<Point | null>(null);
  const { tool, setHidden } = drawing;
  const begun = tool === "box" ? from : null;
  const leave = useCallback(() => {
    setAt(null);
    setFrom(null);
  }, []);
  const enter = useCallback(() => {
    setHidden(false);
    setFrom(null);
    setAt(canvas.current?.start ?? null);
  }, [canvas, setHidden]);
  const move = useCallback(
    (by: Point) => {
      if (!at || !canvas.current) return;
      const to = canvas.current.onPicture({ x: at.x + by.x, y: at.y + by.y });
      canvas.current.camera.reveal({ left: to.x, right: to.x, top: to.y, bottom: to.y });
      setAt(to);
    },
    [at, canvas],
  );
  const place = useCallback(() => {
    if (!at) return;
    if (tool === "select") {
      const shape = canvas.current?.shapeUnder(at);
      if (!shape) return say("There is no shape here.");
      drawing.take(shape.id);
      return leave();
    }
    if (tool === "point") return void drawing.finish(fresh(drawing, "point", [at]));
    if (tool !== "box") return placeCorner(drawing, tool, at);
    if (!begun) return setFrom(at);
    if (drawing.finish(fresh(drawing, "box", ordered(begun, at)))) setFrom(null);
  }, [at, begun, tool, drawing, canvas, leave, say]);
  const back = useCallback(() => {
    if (begun) setFrom(null);
    else if (drawing.pendingShape) drawing.pend(null);
    else leave();
  }, [begun, drawing, leave]);
  return { at, begun, enter, leave, move, place, back };
}

/** One more corner; on the last one again, or on a polygon's first, the shape is finished. */
function placeCorner(drawing: Drawing, tool: Tool, at: Point): void {
  const { pendingShape } = drawing;
  if (!pendingShape) return drawing.pend(fresh(drawing, tool, [at]));
  const { points } = pendingShape;
  const isOn = (point: Point | undefined) => point !== undefined && distance(point, at) === 0;
  const enough = points.length >= VERTICES_LEAST[tool];
  const closes = isOn(points.at(-1)) || (enough && tool === "polygon" && isOn(points[0]));
  if (closes) return void drawing.finish(pendingShape);
  drawing.pend({ ...pendingShape, points: [...points, at] });
}

function fresh({ label }: Drawing, tool: Tool, points: readonly Point[]): Shape {
  return { id: uuid(), tool, label, points };
}

/** The keys while the crosshair is there; they go before all others on the same keys. */
export function useCrosshairKeys(
  { at, move, place, back, leave }: Crosshair,
  canvas: RefObject<AnnotationCanvas | null>,
): readonly Binding[] {
  return useMemo(() => {
    if (!at) return [];
    const step =
      ({ x, y }: Point, size: () => number) =>
      () => {
        move({ x: x * size(), y: y * size() });
      };
    return [
      { key: "Enter", does: "Set a corner or a point; the last one again to finish", run: place },
      { key: "Escape", does: "Leave what is begun, then the crosshair", run: back },
      { key: "c", does: "Leave the crosshair", run: leave },
      ...ARROWS.flatMap(([key, by]) => [
        { key, does: "Move the crosshair by a pixel", run: step(by, () => 1), repeats: true },
        {
          key: `Shift+${key}`,
          does: "Move the crosshair by ten",
          run: step(by, () => 10),
          repeats: true,
        },
        {
          key: `Ctrl+${key}`,
          does: "Move the crosshair by a tenth of what is seen",
          run: step(by, () => canvas.current?.stride ?? 10),
          repeats: true,
        },
      ]),
    ];
  }, [at, move, place, back, leave, canvas]);
}
