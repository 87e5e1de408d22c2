/** Named entity recognition: mark spans of a text and say what each of them is. */

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
    const spans: Span[] = [];
    const known = new Set(names);
    for (const one of (Array.isArray(given) ? given : []) as Span[]) {
      const [start, end] = [counting.toUnits(one.start), counting.toUnits(one.end)];
      const fits = known.has(one.label) && start < end && end <= params.text.length;
      if (fits) spans.push({ start, end, label: one.label });
    }
    return inOrder(spans);
  },
  response: (params, spans) => {
    const counting = new Counting(params.text);
    return {
      annotations: spans.map(({ start, end, label }) => ({
        start: counting.toCodePoints(start),
        end: counting.toCodePoints(end),
        text: params.text.slice(start, end),
        label,
      })),
    };
  },
  problem: (_params, spans) => excess(spans),
  size: (spans) => spans.length,
  attachments: () => [],
  text: ({ text }) => text,
  words,
  View,
};
