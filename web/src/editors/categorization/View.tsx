import { useCallback, useMemo } from "react";
import { leaves } from "../../shared/labels";
import { TaskLayout } from "../../shared/TaskLayout";
import { AttachmentList } from "../../shared/AttachmentView";
import { Palette } from "../../shared/Palette";
import type { ViewProps } from "../editor";
import { attachmentsOf, type Params, picked, type Value } from "./choice";

export function View({ params, media, value, act, frame }: ViewProps<Params, Value>) {
  const labels = useMemo(() => leaves(params.categories), [params]);
  const chosen = useMemo(
    () => new Set(labels.flatMap(({ name }, index) => (value.includes(name) ? [index] : []))),
    [labels, value],
  );
  const pick = useCallback(
    (index: number) => {
      const label = labels[index];
      if (label) act(picked(params, value, label.name));
    },
    [labels, params, value, act],
  );
  return (
    <TaskLayout
      frame={frame}
      content={<AttachmentList attachments={attachmentsOf(params)} media={media} />}
      panel={
        <Palette
          title={params.allow_multiple ? "Choose all that fit" : "Choose one"}
          labels={labels}
          chosen={chosen}
          pick={pick}
        />
      }
    />
  );
}
