/** Which tasks ask the same of the annotator, though of other content. */

import type { Assignment } from "./api";

// What is asked, as opposed to what it is asked of.
const ASKED = [
  "geometries",
  "annotation_attributes",
  "categories",
  "choices",
  "labels",
  "fields",
  "repeatable_fields",
];

export function kindOf({ type, params }: Pick<Assignment, "type" | "params">): string {
  return JSON.stringify([type, ...ASKED.map((name) => params[name] ?? null)]);
}
