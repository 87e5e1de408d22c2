/** Comparison: look at several things side by side, and choose. */

import type { LabelEditor } from "../editor";
import { attachmentsOf, offered, type Params, type Value } from "./choice";
import { View } from "./View";
import { words } from "./words";

export const editor: LabelEditor<Params, Value> = {
  blank: () => ({ choice: null, fields: {} }),
  restore: (params, response) => {
    const given = (response ?? {}) as { choice?: unknown; fields?: Record<string, unknown> };
    const choice = offered(params).find(({ name }) => name === given.choice)?.name ?? null;
    const texts = Object.keys(params.fields ?? {}).map((key) => [key, given.fields?.[key] ?? ""]);
    return { choice, fields: Object.fromEntries(texts) as Record<string, string> };
  },
  response: (params, value) => ({
    ...(value.choice === null ? {} : { choice: value.choice }),
    ...(params.fields ? { fields: filledIn(params.fields, value.fields) } : {}),
  }),
  problem: (params, value) =>
    offered(params).length && value.choice === null ? "Choose one first." : null,
  size: (value) => (value.choice === null ? 0 : 1) + Object.values(value.fields).join("").length,
  attachments: attachmentsOf,
  words,
  View,
};

function filledIn(asked: Record<string, string>, given: Value["fields"]): Record<string, string> {
  return Object.fromEntries(Object.keys(asked).map((key) => [key, given[key] ?? ""]));
}
