/** What a transcription asks for, and the texts that answer it. */

import { inOrder } from "../../shared/key-order";

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

export function hasRows(params: Params): boolean {
  return Object.keys(rowFields(params)).length > 0;
}

/** The fields of one row, with what is asked for each. */
export function rowFields(params: Params): Record<string, string> {
  const asked = params.repeatable_fields ?? {};
  return Array.isArray(asked) ? inOrder(asked.map((key) => [key, ""])) : asked;
}
