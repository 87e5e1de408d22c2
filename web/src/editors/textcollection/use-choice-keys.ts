import { useMemo, useState } from "react";
import { type Binding, labelKeys } from "../../shared/keys";
import { useKeys } from "../../shared/keyboard";
import { toggled } from "./entries";
import {
  askedFields,
  bounds,
  choicesOf,
  type Entry,
  type Field,
  type Form,
  kindOf,
  nameOf,
} from "./form";

/** What the number keys choose between in this field, or nothing when it is typed into. */
export function options(field: Field): { entry: Entry; label: string }[] {
  if (kindOf(field) === "boolean") {
    return [
      { entry: true, label: "Yes" },
      { entry: false, label: "No" },
    ];
  }
  if (kindOf(field) !== "category") return [];
  return choicesOf(field).map(({ value, label }) => ({ entry: value, label }));
}

/** Number keys answer one field of choices after the other; the id of the one in turn. */
export function useChoiceKeys(
  fields: readonly Field[],
  form: Form,
  act: (form: Form) => void,
): string | null {
  const choosable = useMemo(
    () => askedFields(fields, form).filter((field) => options(field).length > 0),
    [fields, form],
  );
  const [turn, setTurn] = useState(0);
  // A question that was there is gone where its conditions hold no longer.
  const field = choosable[Math.min(turn, choosable.length - 1)];
  useKeys(
    useMemo(() => {
      const step = (by: number) => () =>
        setTurn((now) => Math.max(0, Math.min(choosable.length - 1, now + by)));
      const bindings: Binding[] = [];
      if (choosable.length > 1) {
        bindings.push({ key: "n", does: "Next question", run: step(1) });
        bindings.push({ key: "Shift+n", does: "Previous question", run: step(-1) });
      }
      const offered = field ? options(field) : [];
      const keys = labelKeys(offered.map(({ label }) => label));
      for (const [index, { entry, label }] of offered.entries()) {
        const key = keys[index];
        if (!key) break;
        bindings.push({
          key,
          does: `${nameOf(field as Field)}: ${label}`,
          run: () => {
            act(toggled(field as Field, form, entry));
            if (bounds(field as Field).most === 1) step(1)();
          },
        });
      }
      return bindings;
    }, [choosable, field, form, act]),
  );
  return field?.field_id ?? null;
}
