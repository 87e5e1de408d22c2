/** Image annotation: draw boxes, polygons, lines and points on a picture and name them. */

import { attributeFields, attributeProblem } from "../attributes";
import type { LabelEditor } from "../editor";
import { OVERFULL, SHAPES_MAX } from "./limits";
import {
  contextAttachments,
  type Params,
  type Shape,
  shapeProblem,
  toolsOf,
  fromAnnotation,
  type Value,
  toAnnotation,
} from "./shapes";
import { View } from "./View";
import { words } from "./words";

export const editor: LabelEditor<Params, Value> = {
  blank: () => ({ shapes: [], pending: null }),
  restore: (params, response) => {
    const given = (response as { annotations?: unknown } | null)?.annotations;
    const tools = toolsOf(params);
    const fields = attributeFields(params);
    const shapes = (Array.isArray(given) ? given : []).flatMap((one, index): Shape[] => {
      const shape = fromAnnotation(one, `restored-${index}`, fields);
      return shape && tools.includes(shape.tool) ? [shape] : [];
    });
    return { shapes, pending: null };
  },
  response: (params, value) => ({
    annotations: value.shapes.map((shape) => toAnnotation(shape, attributeFields(params))),
  }),
  completed: (params, { shapes, pending }) =>
    pending && !shapeProblem(params, pending)
      ? { shapes: [...shapes, pending], pending: null }
      : null,
  problem: (params, value) => {
    if (value.shapes.length > SHAPES_MAX) return OVERFULL;
    if (value.pending) return "Finish the shape that you are drawing, or press Escape.";
    const fields = attributeFields(params);
    for (const [index, shape] of value.shapes.entries()) {
      const problem = shapeProblem(params, shape);
      if (problem) return problem;
      const missed = attributeProblem(fields, shape);
      if (missed) return `Shape ${index + 1}, ${shape.label}: ${missed}`;
    }
    return null;
  },
  size: ({ shapes, pending }) => shapes.length + (pending?.points.length ?? 0),
  attachments: (params) => [
    { source: params.attachment, kind: "image", isDrawn: true },
    ...contextAttachments(params),
  ],
  words,
  View,
};
