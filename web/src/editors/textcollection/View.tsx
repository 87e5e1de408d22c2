import { TaskLayout } from "../../shared/TaskLayout";
import { AttachmentList } from "../../shared/AttachmentView";
import type { ViewProps } from "../editor";
import { FormFields } from "./FormFields";
import { attachmentsOf, type Form, type Params } from "./form";
import { useChoiceKeys } from "./use-choice-keys";

export function View({ params, media, value, act, frame }: ViewProps<Params, Form>) {
  const active = useChoiceKeys(params.fields, value, act);
  return (
    <TaskLayout
      frame={frame}
      content={<AttachmentList attachments={attachmentsOf(params)} media={media} />}
      panel={
        <section aria-label="Form">
          {params.title && <h2>{params.title}</h2>}
          {params.description && <p>{params.description}</p>}
          <FormFields fields={params.fields} form={value} change={act} active={active} path="" />
        </section>
      }
    />
  );
}
