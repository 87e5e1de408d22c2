/** Categorization: put what is shown into one category, or into several. */

import { leaves } from "../../shared/labels";
import type { LabelEditor } from "../editor";
import { attachmentsOf, type Params, type Value } from "./choice";
import { View } from "./View";
import { words } from "./words";

export const editor: LabelEditor<Params, Value> = {
  blank: () => [],
  restore: (params, response) => {
    const given = (response as { category?: unknown } | null)?.category;
    const names = leaves(params.categories).map(({ name }) => name);
    return names.filter((name) => (Array.isArray(given) ? given.includes(name) : given === name));
  },
  response: (params, value) => ({ category: params.allow_multiple ? value : (value[0] ?? "") }),
  problem: (params, value) =>
    value.length || params.allow_multiple ? null : "Choose a category first.",
  size: (value) => value.length,
  attachments: attachmentsOf,
  words,
  View,
};
