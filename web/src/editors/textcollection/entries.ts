/** Steps that change a form; each returns a new one. */

import { bounds, type Entry, type Field, type Form } from "./form";

export function withEntries(form: Form, field: Field, entries: readonly Entry[]): Form {
  return { ...form, [field.field_id]: entries };
}

/** Choose this entry, or take it back; where only one may be chosen it replaces the other. */
export function toggled(field: Field, form: Form, entry: Entry): Form {
  const before = form[field.field_id] ?? [];
  if (before.includes(entry))
    return withEntries(
      form,
      field,
      before.filter((one) => one !== entry),
    );
  return withEntries(form, field, bounds(field).most > 1 ? [...before, entry] : [entry]);
}

/** The entries to show: never none, and one empty line more where several may be written. */
export function shownEntries(field: Field, form: Form, empty: Entry): readonly Entry[] {
  const entries = form[field.field_id] ?? [];
  return entries.length ? entries : [empty];
}
