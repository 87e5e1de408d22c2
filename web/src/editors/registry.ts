/** Which editor serves which task type. Each is a chunk of its own, fetched with the task. */

import type { AnyEditor } from "./editor";

const LOADERS: Record<string, () => Promise<{ editor: AnyEditor }>> = {
  categorization: () => import("./categorization"),
  imageannotation: () => import("./imageannotation"),
  namedentityrecognition: () => import("./namedentityrecognition"),
  textcollection: () => import("./textcollection"),
  comparison: () => import("./comparison"),
  transcription: () => import("./transcription"),
};

/** The editor for a task type, or null when this workbench does not know the type. */
export async function editorFor(type: string): Promise<AnyEditor | null> {
  const load = Object.hasOwn(LOADERS, type) ? LOADERS[type] : undefined;
  return load ? (await load()).editor : null;
}
