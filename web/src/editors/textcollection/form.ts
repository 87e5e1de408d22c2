/** The form's fields and entries, without a screen. */

import type { Attachment } from "../../shared/media";
import { asked } from "../conditions";

export type FieldKind = "text" | "number" | "boolean" | "category" | "set";

export interface Field {
  field_id: string;
  type: string;
  title?: string;
  description?: string;
  hint?: string;
  required?: boolean;
  choices?: (string | { value: string; label?: string })[];
  fields?: Field[];
  min?: number;
  max?: number;
  allow_multiple?: boolean;
  min_responses_required?: number;
  max_responses_required?: number;
  conditions?: unknown;
}

/** What stands in a field: numbers stay as typed until the answer is made. */
export type Entry = string | boolean | Form;
export interface Form {
  readonly [fieldId: string]: readonly Entry[];
}

export interface Params {
  title?: string;
  description?: string;
  attachments: { type: string; content: string }[];
  fields: Field[];
}

/** What the form is about. */
export function attachmentsOf(params: Params): Attachment[] {
  return params.attachments.map(({ type, content }) => ({ source: content, kind: type }));
}

const RESPONSES_MAX = 100;

// The contract's own names, and the short ones that are in use as well.
const KINDS: Record<string, FieldKind> = {
  textfield: "text",
  text: "text",
  numberfield: "number",
  number: "number",
  booleanfield: "boolean",
  boolean: "boolean",
  categoryfield: "category",
  category: "category",
  fieldset: "set",
};

export function kindOf(field: Field): FieldKind {
  return KINDS[field.type.toLowerCase()] ?? "text";
}

/** How few and how many entries a field takes. */
export function bounds(field: Field): { least: number; most: number } {
  const most = field.max_responses_required ?? (field.allow_multiple ? RESPONSES_MAX : 1);
  return { least: field.min_responses_required ?? Number(field.required ?? true), most };
}

export function choicesOf(field: Field): { value: string; label: string }[] {
  return (field.choices ?? []).map((one) =>
    typeof one === "string"
      ? { value: one, label: one }
      : { ...one, label: one.label ?? one.value },
  );
}

export function nameOf(field: Field): string {
  return field.title || field.field_id;
}

/** What the customer says of a field beside its name, or nothing. */
export function wordsOn({ description, hint }: Field): string | undefined {
  return [description, hint].filter(Boolean).join(" — ") || undefined;
}

/** The entries that say something. */
export function filled(field: Field, entries: readonly Entry[] = []): Entry[] {
  return entries.filter((entry) => {
    if (typeof entry === "string") return entry.trim() !== "";
    if (typeof entry === "boolean") return true;
    return (field.fields ?? []).some((one) => filled(one, entry[one.field_id]).length > 0);
  });
}

/** The fields that are asked, as the form is filled in so far. */
export function askedFields(fields: readonly Field[], form: Form): readonly Field[] {
  const byName = new Map(fields.map((field) => [field.field_id, field]));
  return asked(fields, (name) => {
    const field = byName.get(name);
    if (!field) return form[name] ?? [];
    return filled(field, form[name]).map((entry) => entryValue(field, entry));
  });
}

export function toResponse(fields: readonly Field[], form: Form): Record<string, unknown> {
  const answers: Record<string, unknown> = {};
  for (const field of askedFields(fields, form)) {
    const values = filled(field, form[field.field_id]).map((entry) => entryValue(field, entry));
    if (values.length) answers[field.field_id] = bounds(field).most > 1 ? values : values[0];
  }
  return answers;
}

function entryValue(field: Field, entry: Entry): unknown {
  if (typeof entry === "object") return toResponse(field.fields ?? [], entry);
  return kindOf(field) === "number" ? Number(entry) : entry;
}

export function fromResponse(fields: readonly Field[], answers: unknown): Form {
  const given = (answers ?? {}) as Record<string, unknown>;
  const form: Record<string, Entry[]> = {};
  for (const field of fields) {
    const answer = given[field.field_id];
    const several = Array.isArray(answer) ? answer : answer == null ? [] : [answer];
    form[field.field_id] = several
      .map((one) => entryOf(field, one))
      .filter((entry) => entry !== null);
  }
  return form;
}

function entryOf(field: Field, answer: unknown): Entry | null {
  switch (kindOf(field)) {
    case "set":
      return fromResponse(field.fields ?? [], answer);
    case "boolean":
      return typeof answer === "boolean" ? answer : null;
    default:
      return typeof answer === "string" || typeof answer === "number" ? String(answer) : null;
  }
}

/** What stops the form from being submitted, or null. */
export function problemIn(fields: readonly Field[], form: Form): string | null {
  for (const field of askedFields(fields, form)) {
    const problem = fieldProblem(field, form[field.field_id]);
    if (problem) return problem;
  }
  return null;
}

function fieldProblem(field: Field, entries: readonly Entry[] | undefined): string | null {
  const values = filled(field, entries);
  const { least, most } = bounds(field);
  if (values.length < least) {
    return least > 1
      ? `“${nameOf(field)}” wants ${least} entries.`
      : `“${nameOf(field)}” is empty.`;
  }
  if (values.length > most) return `“${nameOf(field)}” takes at most ${most} entries.`;
  for (const entry of values) {
    const problem = entryProblem(field, entry);
    if (problem) return problem;
  }
  return null;
}

function entryProblem(field: Field, entry: Entry): string | null {
  if (typeof entry === "object") return problemIn(field.fields ?? [], entry);
  if (kindOf(field) !== "number") return null;
  const number = Number(entry);
  if (!Number.isFinite(number)) return `“${nameOf(field)}” is not a number.`;
  if (field.min != null && number < field.min) return `“${nameOf(field)}” is below ${field.min}.`;
  if (field.max != null && number > field.max) return `“${nameOf(field)}” is above ${field.max}.`;
  return null;
}

/** How much was written and chosen. */
export function sizeOf(form: Form): number {
  const sizes = Object.values(form)
    .flat()
    .map((entry) => {
      if (typeof entry === "string") return entry.length;
      return typeof entry === "boolean" ? 1 : sizeOf(entry);
    });
  return sizes.reduce((sum, size) => sum + size, 0);
}
