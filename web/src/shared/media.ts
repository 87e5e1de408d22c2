/** A task's attachments, fetched and decoded before the task is shown. */

import * as api from "./api";
import type { Assignment } from "./api";

export interface Attachment {
  /** As in the task's params: an address whose copy the host serves, or the content itself. */
  source: string;
  /** "image", "text", "audio", "video", "pdf" or "website". */
  kind: string;
  /** Whether it is drawn on a canvas, rather than put in the page. */
  isDrawn?: boolean;
}

export interface Media {
  /** Decoded pictures, by the attachment as the params name it. */
  images: ReadonlyMap<string, HTMLImageElement>;
  /** Those to be drawn, unpacked: a canvas would else unpack them again in the first frame. */
  bitmaps: ReadonlyMap<string, ImageBitmap>;
  texts: ReadonlyMap<string, string>;
  /** Addresses on this host for whatever the browser plays or opens by itself. */
  files: Readonly<Record<string, string>>;
  /** Attachments that could not be had. */
  missing: ReadonlySet<string>;
}

export async function loadMedia(
  assignment: Pick<Assignment, "files">,
  attachments: readonly Attachment[],
): Promise<Media> {
  const images = new Map<string, HTMLImageElement>();
  const bitmaps = new Map<string, ImageBitmap>();
  const texts = new Map<string, string>();
  const missing = new Set<string>();
  const fetchOne = async ({ source, kind, isDrawn }: Attachment) => {
    const path = assignment.files[source];
    try {
      if (kind === "image" && path) {
        const image = await picture(path);
        images.set(source, image);
        if (isDrawn && isSmall(image)) bitmaps.set(source, await createImageBitmap(image));
      } else if (kind === "image") missing.add(source);
      else if (kind === "text") texts.set(source, path ? await api.text(path) : source);
    } catch {
      missing.add(source);
    }
  };
  await Promise.all(attachments.map(fetchOne));
  return { images, bitmaps, texts, files: assignment.files, missing };
}

/** Give back the memory of a task that is done with. */
export function release({ bitmaps }: Media): void {
  for (const bitmap of bitmaps.values()) bitmap.close();
}

// Four bytes each: four tasks in hand then stay below two thirds of a gigabyte.
const UNPACKED_PIXELS_MAX = 40_000_000;

function isSmall({ naturalWidth, naturalHeight }: HTMLImageElement): boolean {
  return naturalWidth * naturalHeight <= UNPACKED_PIXELS_MAX;
}

async function picture(path: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.decoding = "async";
  image.draggable = false;
  image.src = path;
  await image.decode();
  return image;
}
