/** Transcription: write down what is shown, field by field, and row by row where rows repeat. */

import type { LabelEditor } from "../editor";
import { View } from "./View";

export interface Params {
  attachment: string;
  attachment_type: string;
  fields?: Record<string, string> | null;
  repeatable_fields?: Record<string, string> | string[] | null;
}

export type Texts = Readonly<Record<string, string>>;

export interface Value {
  readonly fields: Texts;
  readonly rows: readonly Texts[];
}

interface Response {
  fields?: Record<string, unknown>;
  repeatable_fields?: (Record<string, unknown> | null)[];
}

export const editor: LabelEditor<Params, Value> = {
  blank: (params) => ({ fields: {}, rows: hasRows(params) ? [{}] : [] }),
  restore: (params, response) => {
    const given = (response ?? {}) as Response;
    const rows = (given.repeatable_fields ?? []).map((row) => texts(rowFields(params), row ?? {}));
    return { fields: texts(params.fields ?? {}, given.fields ?? {}), rows };
  },
  response: (params, value) => ({
    fields: texts(params.fields ?? {}, value.fields),
    ...(hasRows(params)
      ? {
          repeatable_fields: value.rows
            .filter((row) => Object.values(row).some((text) => text.trim()))
            .map((row) => texts(rowFields(params), row)),
        }
      : {}),
  }),
  // Nothing to write down is an answer too: an empty form is a blank page.
  problem: () => null,
  size: (value) =>
    [value.fields, ...value.rows].flatMap((row) => Object.values(row)).join("").length,
  attachments: (params) => [{ source: params.attachment, kind: params.attachment_type }],
  View,
};

export function hasRows(params: Params): boolean {
  return Object.keys(rowFields(params)).length > 0;
}

/** The fields of one row, with what is asked for each. */
export function rowFields(params: Params): Record<string, string> {
  const asked = params.repeatable_fields ?? {};
  return Array.isArray(asked) ? Object.fromEntries(asked.map((key) => [key, ""])) : asked;
}

function texts(asked: Record<string, string>, given: Record<string, unknown>): Texts {
  const filled = Object.keys(asked).map((key) => {
    const text = given[key];
    return [key, typeof text === "string" ? text : ""];
  });
  return Object.fromEntries(filled) as Texts;
}
