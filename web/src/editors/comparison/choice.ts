/** What a comparison asks for, and the choice that answers it. */

import { type Label, type LabelTree, leaves } from "../../shared/labels";
import type { Attachment } from "../../shared/media";

export interface Params {
  attachments: (string | { type: string; content: string })[];
  attachment_type?: string;
  choices?: LabelTree;
  fields?: Record<string, string>;
}

export interface Value {
  readonly choice: string | null;
  readonly fields: Readonly<Record<string, string>>;
}

export function offered(params: Params): Label[] {
  return leaves(params.choices ?? []);
}

export function attachmentsOf(params: Params): Attachment[] {
  return params.attachments.map((one) =>
    typeof one === "string"
      ? { source: one, kind: params.attachment_type ?? "text" }
      : { source: one.content, kind: one.type },
  );
}
