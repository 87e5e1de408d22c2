/** Draws shapes on a canvas. All of one label go into one path, so that thousands stay quick. */

import { boundsOf, handles } from "./geometry";
import { shortened } from "../../shared/labels";
import { type Point, type Size, toScreen, type Viewport } from "../../shared/viewport";
import { boxSize, type Shape } from "./shapes";

export interface Brush {
  context: CanvasRenderingContext2D;
  view: Viewport;
  screen: Size;
  colourOf: (label: string) => string;
}

const LINE = 2;
const HALO = "rgb(0 0 0 / 0.55)";
// Beyond these many in sight, names would cover the picture, and halos and grounds would cost
// more than the time of a frame.
const NAMED_MAX = 60;
const RICH_MAX = 1_000;
const NAME_LENGTH_MAX = 32;

export function cleared({ context, screen }: Brush): void {
  context.clearRect(0, 0, screen.width, screen.height);
}

/** All shapes at rest. */
export function paintShapes(brush: Brush, shapes: readonly Shape[]): void {
  const inSight = shapes.filter((shape) => isInSight(brush, shape));
  for (const [label, some] of Map.groupBy(inSight, (shape) => shape.label)) {
    paintBatch(brush, some, brush.colourOf(label), inSight.length <= RICH_MAX);
  }
  if (inSight.length <= NAMED_MAX) for (const shape of inSight) paintName(brush, shape);
}

function isInSight({ view, screen }: Brush, { points }: Shape): boolean {
  const { left, top, right, bottom } = boundsOf(points);
  const from = toScreen(view, { x: left, y: top });
  const to = toScreen(view, { x: right, y: bottom });
  return to.x >= -8 && to.y >= -8 && from.x <= screen.width + 8 && from.y <= screen.height + 8;
}

function paintBatch(brush: Brush, shapes: readonly Shape[], colour: string, rich: boolean): void {
  const { context, view } = brush;
  const areas = new Path2D();
  const lines = new Path2D();
  const boxes: Box[] = [];
  for (const shape of shapes) {
    if (shape.tool === "box") boxes.push(boxOnScreen(view, shape));
    else trace(view, shape, areas, lines);
  }
  if (rich) {
    context.globalAlpha = 0.14;
    context.fillStyle = colour;
    for (const [x, y, width, height] of boxes) context.fillRect(x, y, width, height);
    context.fill(areas);
    context.globalAlpha = 1;
    outline(context, boxes, [areas, lines], HALO, LINE + 2);
  }
  outline(context, boxes, [areas, lines], colour, LINE);
}

type Box = readonly [x: number, y: number, width: number, height: number];

/** On whole pixels of the screen: sharp, and several times quicker to paint. */
function boxOnScreen(view: Viewport, { points }: Shape): Box {
  const from = toScreen(view, points[0] as Point);
  const to = toScreen(view, points[1] as Point);
  const [x, y] = [Math.round(from.x), Math.round(from.y)];
  return [x, y, Math.round(to.x) - x, Math.round(to.y) - y];
}

// One by one, because a canvas paints a rectangle far quicker than a path of many.
function outline(
  context: CanvasRenderingContext2D,
  boxes: readonly Box[],
  paths: readonly Path2D[],
  colour: string,
  width: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "miter";
  for (const [x, y, across, down] of boxes) context.strokeRect(x, y, across, down);
  context.lineJoin = "round";
  for (const path of paths) context.stroke(path);
}

function trace(view: Viewport, { tool, points }: Shape, areas: Path2D, lines: Path2D): void {
  const [first, ...rest] = points.map((point) => toScreen(view, point)) as [Point, ...Point[]];
  if (!first) return;
  if (tool === "point") {
    areas.moveTo(first.x + 5, first.y);
    areas.arc(first.x, first.y, 5, 0, 2 * Math.PI);
    // A cross hits the exact place, which a dot alone would cover.
    lines.moveTo(first.x - 9, first.y);
    lines.lineTo(first.x + 9, first.y);
    lines.moveTo(first.x, first.y - 9);
    lines.lineTo(first.x, first.y + 9);
  } else {
    const path = tool === "polygon" ? areas : lines;
    path.moveTo(first.x, first.y);
    for (const { x, y } of rest) path.lineTo(x, y);
    if (tool === "polygon") path.closePath();
  }
}

function paintName({ context, view, colourOf }: Brush, shape: Shape): void {
  const { left, top } = boundsOf(shape.points);
  const at = toScreen(view, { x: left, y: top });
  tag(context, shortened(shape.label, NAME_LENGTH_MAX), at, [colourOf(shape.label), "#10171a"]);
}

/** Text on a small coloured ground, above a place. */
function tag(
  context: CanvasRenderingContext2D,
  text: string,
  at: Point,
  [colour, ink]: readonly [string, string],
): void {
  context.font = "600 11px system-ui, sans-serif";
  const width = context.measureText(text).width + 10;
  const y = Math.max(0, at.y - 18);
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(at.x - 1, y, width, 16, 4);
  context.fill();
  context.fillStyle = ink;
  context.textBaseline = "middle";
  context.fillText(text, at.x + 4, y + 8.5);
}

/** The shape in hand: above all others, and with its size if it is a box. */
export function paintActive(brush: Brush, shape: Shape): void {
  const { context, view, colourOf } = brush;
  const colour = colourOf(shape.label);
  paintBatch(brush, [shape], colour, true);
  paintName(brush, shape);
  if (shape.tool === "box") {
    const { left, bottom } = boundsOf(shape.points);
    const at = toScreen(view, { x: left, y: bottom });
    tag(context, boxSize(shape).join(" × "), { x: at.x, y: at.y + 22 }, [
      "rgb(0 0 0 / 0.65)",
      "#fff",
    ]);
  }
}

/** Where the shape in hand can be taken hold of; the one that the keys move is filled. */
export function paintHandles(brush: Brush, shape: Shape, inHand: number | null): void {
  const { context, view, colourOf } = brush;
  const colour = colourOf(shape.label);
  for (const [index, handle] of handles(shape).entries()) {
    const { x, y } = toScreen(view, handle);
    const isInHand = index === inHand;
    context.beginPath();
    context.arc(x, y, isInHand ? 7 : 4.5, 0, 2 * Math.PI);
    context.fillStyle = isInHand ? colour : "#fff";
    context.fill();
    ring(context, isInHand ? "#fff" : colour);
  }
}

function ring(context: CanvasRenderingContext2D, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = LINE;
  context.stroke();
}

/** The polygon or line that is not closed yet, up to the pointer. */
export function paintPending(brush: Brush, pending: Shape, pointer: Point | null): void {
  const { context, view, colourOf } = brush;
  const corners = pointer ? [...pending.points, pointer] : pending.points;
  paintBatch(brush, [{ ...pending, tool: "line", points: corners }], colourOf(pending.label), true);
  for (const [index, corner] of pending.points.entries()) {
    const { x, y } = toScreen(view, corner);
    context.beginPath();
    context.arc(x, y, index === 0 ? 6 : 4, 0, 2 * Math.PI);
    context.fillStyle = index === 0 ? colourOf(pending.label) : "#fff";
    context.fill();
    ring(context, index === 0 ? "#fff" : colourOf(pending.label));
  }
}

/** Thin lines through the pointer, to start a box exactly at an edge. */
export function paintGuides({ context, view, screen }: Brush, pointer: Point): void {
  const { x, y } = toScreen(view, pointer);
  for (const [colour, dash] of [
    ["rgb(0 0 0 / 0.45)", 0],
    ["rgb(255 255 255 / 0.75)", 4],
  ] as const) {
    context.setLineDash(dash ? [dash, dash] : []);
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, 0);
    context.lineTo(Math.round(x) + 0.5, screen.height);
    context.moveTo(0, Math.round(y) + 0.5);
    context.lineTo(screen.width, Math.round(y) + 0.5);
    context.stroke();
  }
  context.setLineDash([]);
}
