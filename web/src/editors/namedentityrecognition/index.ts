/** Named entity recognition: mark spans of a text and say what each of them is. */

import { attributeFields, attributeProblem, attributesOf, restored } from "../attributes";
import type { LabelEditor } from "../editor";
import { Counting, excess, inOrder, labelNames, type Params, type Span, type Value } from "./spans";
import { View } from "./View";
import { words } from "./words";

export const editor: LabelEditor<Params, Value> = {
  blank: () => [],
  restore: (params, response) => {
    const given = (response as { annotations?: unknown } | null)?.annotations;
    const counting = new Counting(params.text);
    const names = labelNames(params);
    const fields = attributeFields(params);
    const spans: Span[] = [];
    const known = new Set(names);
    for (const one of (Array.isArray(given) ? given : []) as Span[]) {
      const [start, end] = [counting.toUnits(one.start), counting.toUnits(one.end)];
      const fits = known.has(one.label) && start < end && end <= params.text.length;
      const said = restored(fields, one.attributes);
      if (fits) spans.push({ start, end, label: one.label, ...said });
    }
    return inOrder(spans);
  },
  response: (params, spans) => {
    const counting = new Counting(params.text);
    const fields = attributeFields(params);
    return {
      annotations: spans.map((span) => ({
        start: counting.toCodePoints(span.start),
        end: counting.toCodePoints(span.end),
        text: params.text.slice(span.start, span.end),
        label: span.label,
        ...attributesOf(fields, span),
      })),
    };
  },
  problem: (params, spans) => {
    const fields = attributeFields(params);
    for (const span of spans) {
      const missed = attributeProblem(fields, span);
      if (missed) return `“${params.text.slice(span.start, span.end).slice(0, 40)}”: ${missed}`;
    }
    return excess(spans);
  },
  size: (spans) => spans.length,
  attachments: () => [],
  text: ({ text }) => text,
  words,
  View,
};
