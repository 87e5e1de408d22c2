import { TaskLayout } from "../../shared/TaskLayout";
import { AttachmentList } from "../../shared/AttachmentView";
import { TextField } from "../../shared/TextField";
import type { ViewProps } from "../editor";
import { hasRows, type Params, rowFields, type Texts, type Value } from "./fields";
import { Button } from "../../shared/Button";
import { FieldRow } from "../../shared/FieldRow";
import { entriesOf } from "../../shared/key-order";

export function View({ params, media, value, act, frame }: ViewProps<Params, Value>) {
  const attachment = { source: params.attachment, kind: params.attachment_type };
  const setRow = (index: number, row: Texts, group: string) =>
    act({ ...value, rows: value.rows.with(index, row) }, group);
  return (
    <TaskLayout
      frame={frame}
      content={
        <AttachmentList attachments={[attachment]} media={media} name="What to write down" />
      }
      panel={
        <section aria-label="Fields">
          <Fields
            asked={params.fields ?? {}}
            given={value.fields}
            name="fields"
            change={(fields, group) => act({ ...value, fields }, group)}
            autoFocus
          />
          {value.rows.map((row, index) => (
            // Rows have no identity of their own: they are what stands at that place.
            <FieldRow key={index} title={`Row ${index + 1}`}>
              <Fields
                asked={rowFields(params)}
                given={row}
                name={`row ${index}`}
                change={(fields, group) => setRow(index, fields, group)}
              />
              <Button
                kind="quiet"
                onClick={() => act({ ...value, rows: value.rows.toSpliced(index, 1) })}
              >
                Remove row {index + 1}
              </Button>
            </FieldRow>
          ))}
          {hasRows(params) && (
            <Button onClick={() => act({ ...value, rows: [...value.rows, {}] })}>Add a row</Button>
          )}
        </section>
      }
    />
  );
}

interface FieldsProps {
  asked: Record<string, string>;
  given: Texts;
  /** Tells these fields from others on the screen, for undo. */
  name: string;
  change: (texts: Texts, group: string) => void;
  autoFocus?: boolean;
}

function Fields({ asked, given, name, change, autoFocus = false }: FieldsProps) {
  return entriesOf(asked).map(([key, description], index) => (
    <TextField
      key={key}
      title={description || key}
      hint={description && description !== key ? key : undefined}
      value={given[key] ?? ""}
      autoFocus={autoFocus && index === 0}
      change={(text) => change({ ...given, [key]: text }, `${name} ${key}`)}
    />
  ));
}
