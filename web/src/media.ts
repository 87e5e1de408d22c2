/** A task's attachments, fetched and decoded before the task is shown. */

import * as api from "./api";
import type { Assignment } from "./api-types";
import type { Attachment } from "./editors/editor";

export interface Media {
  /** Decoded pictures, by the attachment as the params name it. */
  images: ReadonlyMap<string, HTMLImageElement>;
  texts: ReadonlyMap<string, string>;
  /** Addresses on this host for whatever the browser plays or opens by itself. */
  files: Readonly<Record<string, string>>;
  /** Attachments that could not be had. */
  missing: ReadonlySet<string>;
}

export async function prepared(
  assignment: Assignment,
  attachments: readonly Attachment[],
): Promise<Media> {
  const images = new Map<string, HTMLImageElement>();
  const texts = new Map<string, string>();
  const missing = new Set<string>();
  const fetchOne = async ({ source, kind }: Attachment) => {
    const path = assignment.files[source];
    try {
      if (kind === "image" && path) images.set(source, await picture(path));
      else if (kind === "image") missing.add(source);
      else if (kind === "text") texts.set(source, path ? await api.text(path) : source);
    } catch {
      missing.add(source);
    }
  };
  await Promise.all(attachments.map(fetchOne));
  return { images, texts, files: assignment.files, missing };
}

async function picture(path: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.decoding = "async";
  image.draggable = false;
  image.src = path;
  await image.decode();
  return image;
}
