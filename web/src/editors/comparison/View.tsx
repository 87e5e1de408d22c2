import { useCallback, useMemo } from "react";
import { labelKeys } from "../../shared/keys";
import { TaskLayout } from "../../shared/TaskLayout";
import { AttachmentView } from "../../shared/AttachmentView";
import { entriesOf } from "../../shared/key-order";
import { Palette } from "../../shared/Palette";
import { TextField } from "../../shared/TextField";
import type { ViewProps } from "../editor";
import { attachmentsOf, offered, type Params, type Value } from "./choice";
import { Button } from "../../shared/Button";
import styles from "./View.module.css";

export function View({ params, media, value, act, frame }: ViewProps<Params, Value>) {
  const labels = useMemo(() => offered(params), [params]);
  const keys = labelKeys(labels.map(({ name }) => name));
  const shown = attachmentsOf(params);
  // As many choices as things to choose from: then the n-th choice means the n-th thing.
  const isPaired = labels.length >= shown.length;
  const pick = useCallback(
    (index: number) => {
      const label = labels[index];
      if (label && label.name !== value.choice) act({ ...value, choice: label.name });
    },
    [labels, value, act],
  );
  const chosen = labels.findIndex(({ name }) => name === value.choice);
  return (
    <TaskLayout
      frame={frame}
      content={
        <div className={styles.compared}>
          {shown.map((attachment, index) => (
            <figure
              // The same content may be shown twice.
              key={`${index} ${attachment.source}`}
              className={
                isPaired && chosen === index
                  ? `${styles.candidate} ${styles.chosen}`
                  : styles.candidate
              }
            >
              <figcaption>{String.fromCharCode(65 + index)}</figcaption>
              <AttachmentView
                attachment={attachment}
                media={media}
                isInCard
                name={`Candidate ${String.fromCharCode(65 + index)}`}
              />
              {isPaired && (
                <Button
                  className={styles.choose}
                  aria-pressed={chosen === index}
                  onClick={() => pick(index)}
                >
                  {labels[index]?.name} <kbd>{keys[index]}</kbd>
                </Button>
              )}
            </figure>
          ))}
        </div>
      }
      panel={
        <>
          {labels.length > 0 && (
            <Palette title="Choose one" labels={labels} chosen={new Set([chosen])} pick={pick} />
          )}
          {entriesOf(params.fields ?? {}).map(([key, description]) => (
            <TextField
              key={key}
              title={description || key}
              value={value.fields[key] ?? ""}
              change={(text) => act({ ...value, fields: { ...value.fields, [key]: text } }, key)}
            />
          ))}
        </>
      }
    />
  );
}
