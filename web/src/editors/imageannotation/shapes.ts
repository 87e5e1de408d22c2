/** Shapes on a picture, in the picture's pixels, and how the answer words them. */

import { cornersMax } from "./limits";
import { type Label, type LabelTree, leaves } from "../../shared/labels";
import type { Attachment } from "../../shared/media";
import type { Point } from "../../shared/viewport";
import { attributesOf, type Attributed, restored } from "../attributes";
import type { Field, Form } from "../textcollection/form";

export type Tool = "box" | "polygon" | "line" | "point";
export const TOOLS: readonly Tool[] = ["box", "polygon", "line", "point"];

export interface Shape {
  readonly id: string;
  readonly tool: Tool;
  readonly label: string;
  /** A box has its upper left and lower right corner. */
  readonly points: readonly Point[];
  readonly attributes?: Form;
}

export interface Value {
  readonly shapes: readonly Shape[];
  /** The polygon or line being drawn, so that undo goes corner by corner. */
  readonly pending: Shape | null;
}

interface Geometry {
  objects_to_annotate: LabelTree;
  min_width?: number;
  min_height?: number;
  min_vertices?: number;
  max_vertices?: number;
}

export interface Params extends Attributed {
  attachment: string;
  geometries: Partial<Record<Tool, Geometry | null>>;
  /** Pictures to look at beside it. */
  context_attachments?: { attachment: string }[];
}

/** The pictures shown beside the one to draw on. */
export function contextAttachments(params: Params): Attachment[] {
  const all = params.context_attachments ?? [];
  return all.map(({ attachment }) => ({ source: attachment, kind: "image" }));
}

export function toolsOf(params: Params): Tool[] {
  return TOOLS.filter((tool) => params.geometries[tool]);
}

export function labelsOf(params: Params, tool: Tool): Label[] {
  return leaves(params.geometries[tool]?.objects_to_annotate ?? []);
}

/** Every label of every tool once: its place is its colour, whatever it is drawn with. */
export function allLabels(params: Params): string[] {
  return [...new Set(TOOLS.flatMap((tool) => labelsOf(params, tool).map(({ name }) => name)))];
}

export const VERTICES_LEAST: Record<Tool, number> = { box: 2, polygon: 3, line: 2, point: 1 };

/** Why a shape may not be kept as it is, or null. */
export function shapeProblem(params: Params, shape: Shape): string | null {
  const geometry = params.geometries[shape.tool];
  if (shape.tool === "box") {
    const [width, height] = boxSize(shape);
    const [least, low] = [geometry?.min_width ?? 0, geometry?.min_height ?? 0];
    if (width <= 0 || height <= 0) return "A box needs some width and height.";
    if (width < least || height < low) {
      return `A box must be at least ${least} by ${low} pixels; this one is ${width} by ${height}.`;
    }
    return null;
  }
  const least = Math.max(geometry?.min_vertices ?? 0, VERTICES_LEAST[shape.tool]);
  const most = cornersMax(params, shape);
  const corners = shape.points.length;
  if (corners < least) return `A ${shape.tool} needs at least ${least} corners.`;
  return corners > most ? `A ${shape.tool} may have at most ${most} corners.` : null;
}

export function boxSize(shape: Shape): [number, number] {
  const [from, to] = shape.points as [Point, Point];
  return [round(to.x - from.x), round(to.y - from.y)];
}

interface Annotation {
  uuid?: string;
  type: Tool;
  label: string;
  left?: number;
  top?: number;
  width?: number;
  height?: number;
  x?: number;
  y?: number;
  vertices?: Point[];
  attributes?: Record<string, unknown>;
}

export function toAnnotation(shape: Shape, fields: readonly Field[] = []): Annotation {
  const { id, tool, label, points } = shape;
  const about = {
    uuid: id,
    type: tool,
    label,
    ...attributesOf(fields, shape),
  };
  const [first, second] = points.map(({ x, y }) => ({ x: round(x), y: round(y) })) as Point[];
  if (tool === "box" && first && second) {
    const [width, height] = [round(second.x - first.x), round(second.y - first.y)];
    return { ...about, left: first.x, top: first.y, width, height };
  }
  if (tool === "point" && first) return { ...about, ...first };
  return { ...about, vertices: points.map(({ x, y }) => ({ x: round(x), y: round(y) })) };
}

export function fromAnnotation(
  annotation: Annotation,
  id: string,
  fields: readonly Field[] = [],
): Shape | null {
  const { type: tool, label, uuid, left = 0, top = 0, width = 0, height = 0 } = annotation;
  if (!TOOLS.includes(tool) || typeof label !== "string") return null;
  const said = restored(fields, annotation.attributes);
  const about = { id: uuid ?? id, tool, label, ...said };
  if (tool === "box") {
    const corner = { x: left + width, y: top + height };
    return { ...about, points: [{ x: left, y: top }, corner] };
  }
  if (tool === "point")
    return { ...about, points: [{ x: annotation.x ?? 0, y: annotation.y ?? 0 }] };
  return { ...about, points: annotation.vertices ?? [] };
}

/** To a hundredth of a pixel: finer than a hand is, and free of the noise of doubles. */
export function round(number: number): number {
  return Math.round(number * 100) / 100;
}
