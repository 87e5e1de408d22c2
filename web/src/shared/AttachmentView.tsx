/** Attachments, shown to be looked at. */

import { useContext, useLayoutEffect, useRef } from "react";
import type { Attachment, Media } from "./media";
import { PictureZoom } from "./picture-zoom";
import { Sound } from "./Sound";
import { KindContext } from "./TaskLayout";
import styles from "./AttachmentView.module.css";

interface AttachmentListProps {
  attachments: readonly Attachment[];
  media: Media;
  /** What each is called, for those who do not see it; otherwise they are numbered. */
  name?: string;
}

/** Attachments below each other, with all the room that there is. */
export function AttachmentList({ attachments, media, name }: AttachmentListProps) {
  return (
    <div className={styles.list}>
      {attachments.map((attachment, index) => (
        <AttachmentView
          // The same content may be shown twice.
          key={`${index} ${attachment.source}`}
          attachment={attachment}
          media={media}
          name={name ?? `Attachment ${index + 1}`}
        />
      ))}
    </div>
  );
}

interface AttachmentViewProps {
  attachment: Attachment;
  media: Media;
  /** What it is called, for those who do not see it. */
  name: string;
  /** Whether it stands in a card of its own already. */
  isInCard?: boolean;
}

export function AttachmentView({
  attachment: { source, kind },
  media,
  name,
  isInCard = false,
}: AttachmentViewProps) {
  if (media.missing.has(source)) return <Missing />;
  const path = media.files[source];
  const image = media.images.get(source);
  if (image) return <Picture image={image} name={name} />;
  if (kind === "text")
    return <Words text={media.texts.get(source) ?? source} isInCard={isInCard} />;
  if (!path) return <Missing />;
  if (kind === "audio" || kind === "video") return <Sound kind={kind} path={path} name={name} />;
  return (
    <p className={styles.link}>
      <a href={path} target="_blank" rel="noopener noreferrer">
        Open the attachment
      </a>
    </p>
  );
}

// A word or two are read at a glance when they are large.
const SHORT_MAX = 60;

function Words({ text, isInCard }: { text: string; isInCard: boolean }) {
  const kind = isInCard ? styles.plain : text.length > SHORT_MAX ? "" : styles.short;
  return (
    <p className={`${styles.text} ${kind}`} dir="auto">
      {text}
    </p>
  );
}

export function Missing() {
  return (
    <p className={styles.missing} role="alert">
      The attachment could not be loaded. Reload the page, or skip the task as broken.
    </p>
  );
}

/** The picture that was decoded before, put in place as it is: it needs no second fetch. */
function Picture({ image, name }: { image: HTMLImageElement; name: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const kind = useContext(KindContext);
  useLayoutEffect(() => {
    image.alt = name;
    const isTiny = image.naturalWidth < 100 && image.naturalHeight < 100;
    image.className = isTiny ? `${styles.picture} ${styles.tiny}` : `${styles.picture}`;
    if (!holder.current) return;
    holder.current.replaceChildren(image);
    const zoom = new PictureZoom(holder.current, image, `${kind} ${name}`);
    return () => zoom.destroy();
  }, [image, name, kind]);
  return <div className={styles.holder} ref={holder} />;
}
