/** Transcription: write down what is shown, field by field, and row by row where rows repeat. */

import type { LabelEditor } from "../editor";
import { hasRows, type Params, rowFields, type Texts, type Value } from "./fields";
import { View } from "./View";
import { words } from "./words";

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
  words,
  View,
};

function texts(asked: Record<string, string>, given: Record<string, unknown>): Texts {
  const filled = Object.keys(asked).map((key) => {
    const text = given[key];
    return [key, typeof text === "string" ? text : ""];
  });
  return Object.fromEntries(filled) as Texts;
}
