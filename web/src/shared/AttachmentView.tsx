/** One attachment, shown to be looked at. */

import { useLayoutEffect, useRef } from "react";
import type { Attachment } from "./media";
import type { Media } from "./media";

interface AttachmentViewProps {
  attachment: Attachment;
  media: Media;
  /** What it is called, for those who do not see it. */
  name: string;
}

export function AttachmentView({ attachment: { source, kind }, media, name }: AttachmentViewProps) {
  if (media.missing.has(source)) return <Missing />;
  const path = media.files[source];
  const image = media.images.get(source);
  if (image) return <Picture image={image} name={name} />;
  if (kind === "text") return <Words text={media.texts.get(source) ?? source} />;
  if (!path) return <Missing />;
  if (kind === "audio") return <audio controls src={path} aria-label={name} />;
  if (kind === "video") return <video controls src={path} aria-label={name} />;
  return (
    <p className="page">
      <a href={path} target="_blank" rel="noopener noreferrer">
        Open the attachment
      </a>
    </p>
  );
}

// A word or two are read at a glance when they are large.
const SHORT_MAX = 60;

function Words({ text }: { text: string }) {
  return (
    <p className={text.length > SHORT_MAX ? "text-exhibit" : "text-exhibit short"} dir="auto">
      {text}
    </p>
  );
}

export function Missing() {
  return (
    <p className="missing" role="alert">
      The attachment could not be loaded. Reload the page, or skip the task as broken.
    </p>
  );
}

/** The picture that was decoded before, put in place as it is: it needs no second fetch. */
function Picture({ image, name }: { image: HTMLImageElement; name: string }) {
  const holder = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    image.alt = name;
    const isTiny = image.naturalWidth < 100 && image.naturalHeight < 100;
    image.className = isTiny ? "picture tiny" : "picture";
    holder.current?.replaceChildren(image);
  }, [image, name]);
  return <div className="picture-holder" ref={holder} />;
}
