import { TaskLayout } from "../../shared/TaskLayout";
import { AttachmentView } from "../../shared/AttachmentView";
import type { ViewProps } from "../editor";
import { FormFields } from "./FormFields";
import type { Form, Params } from "./form";
import { useChoiceKeys } from "./use-choice-keys";

export function View({ params, media, value, act, frame }: ViewProps<Params, Form>) {
  const active = useChoiceKeys(params.fields, value, act);
  return (
    <TaskLayout
      frame={frame}
      stage={
        <div className="exhibits">
          {params.attachments.map(({ type, content }, index) => (
            <AttachmentView
              // The same content may be shown twice.
              key={`${index} ${content}`}
              attachment={{ source: content, kind: type }}
              media={media}
              name={`Attachment ${index + 1}`}
            />
          ))}
        </div>
      }
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
