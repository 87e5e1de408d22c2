/** Text collection: a small form about what is shown. */

import type { LabelEditor } from "../editor";
import { type Form, type Params, problemIn, sizeOf, unworded, worded } from "./form";
import { View } from "./View";

export const editor: LabelEditor<Params, Form> = {
  blank: () => ({}),
  restore: (params, response) =>
    unworded(params.fields, (response as { annotations?: unknown } | null)?.annotations),
  response: (params, form) => ({ annotations: worded(params.fields, form) }),
  problem: (params, form) => problemIn(params.fields, form),
  size: sizeOf,
  attachments: (params) =>
    params.attachments.map(({ type, content }) => ({ source: content, kind: type })),
  View,
};
