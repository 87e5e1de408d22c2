/** What was written down, field by field, under what was asked. */

import { type Params, rowFields } from "./fields";

type Texts = Record<string, unknown>;

export function words(params: Params, response: unknown): string[] {
  const given = (response ?? {}) as { fields?: Texts; repeatable_fields?: (Texts | null)[] };
  const rows = (given.repeatable_fields ?? []).map((row, index) => {
    const written = lines(rowFields(params), row ?? {});
    return `Row ${index + 1}. ${written.join("; ")}`;
  });
  return [...lines(params.fields ?? {}, given.fields ?? {}), ...rows];
}

function lines(asked: Record<string, string>, given: Texts): string[] {
  return Object.entries(given)
    .filter(([, text]) => typeof text === "string" && text)
    .map(([key, text]) => `${asked[key] || key}: ${String(text)}`);
}
