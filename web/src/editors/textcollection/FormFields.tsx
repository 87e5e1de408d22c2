import { labelKeys } from "../../shared/keys";
import { Field, TextField } from "../../shared/TextField";
import { shownEntries, toggled, withEntries } from "./entries";
import {
  askedFields,
  bounds,
  type Entry,
  type Field as FieldParams,
  type Form,
  kindOf,
  nameOf,
  wordsOn,
} from "./form";
import { options } from "./use-choice-keys";
import { Button } from "../../shared/Button";
import { Choice, ChoiceName, Choices } from "../../shared/Choice";
import { FieldRow } from "../../shared/FieldRow";
import styles from "./FormFields.module.css";

interface FormFieldsProps {
  fields: readonly FieldParams[];
  form: Form;
  change: (form: Form, group?: string) => void;
  /** The field that the number keys answer. */
  active: string | null;
  /** Where this form stands in the larger one, for undo. */
  path: string;
}

export function FormFields({ fields, form, change, active, path }: FormFieldsProps) {
  return askedFields(fields, form).map((field) => (
    <FormField
      key={field.field_id}
      field={field}
      form={form}
      change={change}
      isActive={active === field.field_id}
      path={`${path}/${field.field_id}`}
    />
  ));
}

interface FormFieldProps {
  field: FieldParams;
  form: Form;
  change: (form: Form, group?: string) => void;
  isActive: boolean;
  path: string;
}

function FormField(props: FormFieldProps) {
  return options(props.field).length ? <ChoiceField {...props} /> : <Entries {...props} />;
}

function ChoiceField({ field, form, change, isActive }: FormFieldProps) {
  const chosen = form[field.field_id] ?? [];
  const isOptional = bounds(field).least === 0;
  const offered = options(field);
  const keys = labelKeys(offered.map(({ label }) => label));
  return (
    <fieldset className={isActive ? `${styles.question} ${styles.active}` : styles.question}>
      <legend dir="auto">
        {nameOf(field)} {isOptional && <small>optional</small>}
      </legend>
      {wordsOn(field) && <small dir="auto">{wordsOn(field)}</small>}
      <Choices>
        {offered.map(({ entry, label }, index) => (
          <Choice
            key={label}
            isChosen={chosen.includes(entry)}
            onClick={() => change(toggled(field, form, entry))}
          >
            <ChoiceName>{label}</ChoiceName>
            {isActive && keys[index] && <kbd>{keys[index].replace("Shift+", "⇧")}</kbd>}
          </Choice>
        ))}
      </Choices>
    </fieldset>
  );
}

function Entries({ field, form, change, path }: FormFieldProps) {
  const empty: Entry = kindOf(field) === "set" ? {} : "";
  const entries = shownEntries(field, form, empty);
  const { least, most } = bounds(field);
  const set = (index: number, entry: Entry, group?: string) =>
    change(withEntries(form, field, entries.with(index, entry)), group);
  return (
    <>
      {entries.map((entry, index) => (
        <OneEntry
          // Entries have no identity of their own: they are what stands at that place.
          key={index}
          field={field}
          title={most > 1 ? `${nameOf(field)} ${index + 1}` : nameOf(field)}
          isOptional={least === 0}
          entry={entry}
          set={(next, group) => set(index, next, group)}
          path={`${path}/${index}`}
        />
      ))}
      {entries.length < most && (
        <Button kind="quiet" onClick={() => change(withEntries(form, field, [...entries, empty]))}>
          Add another “{nameOf(field)}”
        </Button>
      )}
    </>
  );
}

interface OneEntryProps {
  field: FieldParams;
  title: string;
  isOptional: boolean;
  entry: Entry;
  set: (entry: Entry, group?: string) => void;
  path: string;
}

function OneEntry({ field, title, isOptional, entry, set, path }: OneEntryProps) {
  if (typeof entry === "object") {
    return (
      <FieldRow title={title}>
        <FormFields
          fields={field.fields ?? []}
          form={entry}
          change={set}
          active={null}
          path={path}
        />
      </FieldRow>
    );
  }
  if (kindOf(field) === "number") {
    return (
      <Field>
        <span dir="auto">
          {title} {isOptional && <small>optional</small>}
        </span>
        {wordsOn(field) && <small dir="auto">{wordsOn(field)}</small>}
        <input
          inputMode="decimal"
          value={String(entry)}
          onChange={(event) => set(event.target.value, path)}
        />
      </Field>
    );
  }
  return (
    <TextField
      title={title}
      hint={wordsOn(field)}
      isOptional={isOptional}
      value={String(entry)}
      change={(text) => set(text, path)}
    />
  );
}
