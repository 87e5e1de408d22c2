/** Attributes: questions about each shape or span, worded as the fields of a form. */

import { entriesOf } from "../shared/key-order";
import { type LabelTree, leaves } from "../shared/labels";
import {
  type Entry,
  type Field,
  type Form,
  fromResponse,
  problemIn,
  toResponse,
} from "./textcollection/form";

export interface Attribute {
  type?: "category" | "number" | "angle" | "text" | "boolean";
  description?: string;
  choices?: LabelTree;
  allow_multiple?: boolean;
  required?: boolean;
  min?: number;
  max?: number;
  conditions?: unknown;
}

export interface Attributed {
  annotation_attributes?: Readonly<Record<string, Attribute>> | null;
}

/** A mark with its label and what was answered about it so far. */
export interface Mark {
  readonly label: string;
  readonly attributes?: Form;
}

// No attribute has this name: where conditions look at the label, they look here.
const LABEL = "\0label";
const FULL_TURN = 360;

const made = new WeakMap<object, Field[]>();

/** The questions that a task asks about its marks, in the customer's order. */
export function attributeFields({ annotation_attributes: asked }: Attributed): readonly Field[] {
  if (!asked) return [];
  let fields = made.get(asked);
  if (!fields) {
    fields = entriesOf(asked).map(([name, attribute]) => toField(name, attribute));
    made.set(asked, fields);
  }
  return fields;
}

function toField(name: string, attribute: Attribute): Field {
  const { type = "category", description, choices, conditions, ...rest } = attribute;
  const isAngle = type === "angle";
  return {
    ...rest,
    field_id: name,
    title: description || name,
    type: isAngle ? "number" : type,
    ...(isAngle && { min: rest.min ?? 0, max: rest.max ?? FULL_TURN }),
    ...(choices && { choices: leaves(choices).map(({ name: choice }) => choice) }),
    ...(conditions != null && { conditions: toCondition(conditions) }),
  };
}

/** The contract's conditions of attributes in the words of those of fields. */
function toCondition(raw: unknown): unknown {
  if (Array.isArray(raw)) return raw.map(toCondition);
  const { label_condition, attribute_conditions } = raw as {
    label_condition?: { label: unknown };
    attribute_conditions?: unknown;
  };
  const several = attribute_conditions == null ? [] : [attribute_conditions].flat();
  const all = label_condition ? [{ [LABEL]: label_condition.label }, ...several] : several;
  // All of them must hold: none may fail.
  return { not: all.map((one) => ({ not: one })) };
}

/** The form about a mark, with its label to look at. */
export function formOf({ label, attributes = {} }: Mark): Form {
  return { ...attributes, [LABEL]: [label] };
}

/** What to say of a mark in an answer, or nothing. */
export function attributesOf(
  fields: readonly Field[],
  mark: Mark,
): { attributes?: Record<string, unknown> } {
  const attributes = toResponse(fields, formOf(mark));
  return Object.keys(attributes).length ? { attributes } : {};
}

/** What an answer says of a mark. */
export function restored(fields: readonly Field[], answer: unknown): { attributes?: Form } {
  if (!fields.length || !answer) return {};
  return { attributes: fromResponse(fields, answer) };
}

/** Which question about a mark is not answered yet, or not rightly. */
export function attributeProblem(fields: readonly Field[], mark: Mark): string | null {
  return problemIn(fields, formOf(mark));
}

/** The first mark of which something is still to be said. */
export function unanswered<M extends Mark>(params: Attributed, marks: readonly M[]): M | undefined {
  const fields = attributeFields(params);
  return fields.length ? marks.find((mark) => attributeProblem(fields, mark) !== null) : undefined;
}

/** The mark with other answers; the label is its own matter. */
export function withAnswers<M extends Mark>(mark: M, form: Form): M & { attributes: Form } {
  const attributes: Record<string, readonly Entry[]> = { ...form };
  delete attributes[LABEL];
  return { ...mark, attributes };
}
