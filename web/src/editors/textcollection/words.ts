/** A form in words: under the title of each field what was given. */

import { choicesOf, type Field, nameOf, type Params } from "./form";

export function words(params: Params, response: unknown): string[] {
  const given = (response as { annotations?: unknown } | null)?.annotations;
  return linesOf(params.fields, (given ?? {}) as Record<string, unknown>);
}

function linesOf(fields: readonly Field[], given: Record<string, unknown>): string[] {
  return fields.flatMap((field) => {
    const answer = given[field.field_id];
    if (answer === undefined || answer === null) return [];
    const several = Array.isArray(answer) ? answer : [answer];
    if (!field.fields) {
      return [`${nameOf(field)}: ${several.map((one) => said(field, one)).join(", ")}`];
    }
    return several.map((one, index) => {
      const inside = linesOf(field.fields ?? [], (one ?? {}) as Record<string, unknown>);
      const number = several.length > 1 ? ` ${index + 1}` : "";
      return `${nameOf(field)}${number}. ${inside.join("; ")}`;
    });
  });
}

function said(field: Field, answer: unknown): string {
  if (typeof answer === "boolean") return answer ? "Yes" : "No";
  return choicesOf(field).find(({ value }) => value === answer)?.label ?? String(answer);
}
