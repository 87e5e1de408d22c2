/** What a categorization asks for, and the choice that answers it. */

import { type LabelTree, leaves } from "../../shared/labels";
import type { Attachment } from "../../shared/media";

export interface Params {
  attachment?: string;
  attachment_type?: string;
  attachments?: { type: string; content: string }[];
  categories: LabelTree;
  allow_multiple?: boolean;
}

/** The categories chosen, by name. */
export type Value = readonly string[];

/** What to look at: one attachment, several, or both. */
export function attachmentsOf(params: Params): Attachment[] {
  const several = (params.attachments ?? []).map(({ type, content }) => ({
    source: content,
    kind: type,
  }));
  if (params.attachment === undefined) return several;
  return [{ source: params.attachment, kind: params.attachment_type ?? "text" }, ...several];
}

/** The choice after one more pick: it replaces the other one, or comes and goes. */
export function picked(params: Params, value: Value, name: string): Value {
  if (!params.allow_multiple) return value[0] === name ? value : [name];
  if (value.includes(name)) return value.filter((one) => one !== name);
  const names = leaves(params.categories).map((label) => label.name);
  return names.filter((one) => one === name || value.includes(one));
}
