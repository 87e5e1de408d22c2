/** Which editor serves which task type: the one in the folder of the type's name. */

import type { AnyEditor } from "./editor";

// Each is a chunk of its own, fetched with the task.
const EDITORS = import.meta.glob<AnyEditor>("./*/index.ts", { import: "editor" });
const NAMES = import.meta.glob<string>("./*/name.ts", { import: "name", eager: true });

/** The editor for a task type, or null when this workbench does not know the type. */
export async function editorFor(type: string): Promise<AnyEditor | null> {
  return (await EDITORS[`./${type}/index.ts`]?.()) ?? null;
}

/** What annotators do with a task of this type, in words. */
export function typeName(type: string): string {
  return NAMES[`./${type}/name.ts`] ?? type;
}
