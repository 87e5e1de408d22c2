/** Comparison: look at several things side by side, and choose. */

import { type Label, type LabelTree, leaves } from "../../labels";
import type { Attachment, LabelEditor } from "../editor";
import { View } from "./View";

export interface Params {
  attachments: (string | { type: string; content: string })[];
  attachment_type?: string;
  choices?: LabelTree;
  fields?: Record<string, string>;
}

export interface Value {
  readonly choice: string | null;
  readonly fields: Readonly<Record<string, string>>;
}

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
  attachments: exhibits,
  View,
};

export function offered(params: Params): Label[] {
  return leaves(params.choices ?? []);
}

export function exhibits(params: Params): Attachment[] {
  return params.attachments.map((one) =>
    typeof one === "string"
      ? { source: one, kind: params.attachment_type ?? "text" }
      : { source: one.content, kind: one.type },
  );
}

function filledIn(asked: Record<string, string>, given: Value["fields"]): Record<string, string> {
  return Object.fromEntries(Object.keys(asked).map((key) => [key, given[key] ?? ""]));
}
