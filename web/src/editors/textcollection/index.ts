/** Text collection: a small form about what is shown. */

import type { LabelEditor } from "../editor";
import {
  attachmentsOf,
  type Form,
  type Params,
  problemIn,
  sizeOf,
  fromResponse,
  toResponse,
} from "./form";
import { View } from "./View";
import { words } from "./words";

export const editor: LabelEditor<Params, Form> = {
  blank: () => ({}),
  restore: (params, response) =>
    fromResponse(params.fields, (response as { annotations?: unknown } | null)?.annotations),
  response: (params, form) => ({ annotations: toResponse(params.fields, form) }),
  problem: (params, form) => problemIn(params.fields, form),
  size: sizeOf,
  attachments: attachmentsOf,
  words,
  View,
};
