import { FieldRow } from "../shared/FieldRow";
import { attributeFields, type Attributed, formOf, type Mark, withAnswers } from "./attributes";
import { FormFields } from "./textcollection/FormFields";

interface AttributeFieldsProps<M extends Mark> {
  params: Attributed;
  /** The mark that is asked about, if there is one. */
  mark: M | undefined;
  change: (mark: M, group?: string) => void;
  /** Tells one mark from another, for undo. */
  id: string;
}

/** The questions about one mark. */
export function AttributeFields<M extends Mark>(props: AttributeFieldsProps<M>) {
  const { params, mark, change, id } = props;
  const fields = attributeFields(params);
  if (!mark || !fields.length) return null;
  return (
    <section aria-label="Attributes">
      <FieldRow title={`About this ${mark.label}`}>
        <FormFields
          fields={fields}
          form={formOf(mark)}
          change={(form, group) => change(withAnswers(mark, form), group)}
          active={null}
          path={id}
        />
      </FieldRow>
    </section>
  );
}
