import {
  type PointerEvent,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import { Highlights } from "./highlights";
import { type Piece, type Span, type Word } from "./spans";
import styles from "./Document.module.css";

export interface DocumentHandle {
  /** Scroll so that this part of the text is in sight. */
  reveal: (word: Word) => void;
}

interface DocumentProps {
  pieces: readonly Piece[];
  spans: readonly Span[];
  chosen: Span | null;
  cursor: Word | null;
  colourOf: (label: string) => number;
  /** The annotator selected this part with the pointer; exact: without snapping to words. */
  selected: (start: number, end: number, exact: boolean) => void;
  clicked: (position: number) => void;
  handle: React.Ref<DocumentHandle>;
}

/** The text. Its elements never change; what is marked is painted over them. */
export function Document(props: DocumentProps) {
  const { pieces, spans, chosen, cursor, colourOf, selected, clicked, handle } = props;
  const element = useRef<HTMLDivElement>(null);
  const highlights = useRef<Highlights>(null);
  useLayoutEffect(() => {
    const nodes = Array.from(element.current?.children ?? [], (child) => child.firstChild as Text);
    const opened = new Highlights(pieces, nodes);
    highlights.current = opened;
    return () => opened.clear();
  }, [pieces]);
  useLayoutEffect(() => highlights.current?.paint(spans, colourOf), [pieces, spans, colourOf]);
  useLayoutEffect(() => highlights.current?.paintOne("chosen", chosen), [pieces, chosen]);
  useEffect(() => highlights.current?.paintOne("cursor", cursor), [pieces, cursor]);

  const reveal = useCallback((word: Word) => {
    const range = highlights.current?.range(word);
    range?.startContainer.parentElement?.scrollIntoView({ block: "nearest" });
  }, []);
  useImperativeHandle(handle, () => ({ reveal }), [reveal]);
  useEffect(() => {
    if (cursor) reveal(cursor);
  }, [cursor, reveal]);

  const up = (event: PointerEvent) => {
    const selection = getSelection();
    if (event.button !== 0 || !selection?.rangeCount) return;
    const range = selection.getRangeAt(0);
    const start = position(range.startContainer, range.startOffset);
    const end = position(range.endContainer, range.endOffset);
    if (start === null || end === null) return;
    if (start === end) return clicked(start);
    selected(start, end, event.altKey);
    selection.removeAllRanges();
  };
  return (
    <div className={styles.document} ref={element} onPointerUp={up} dir="auto">
      {useMemo(
        () =>
          pieces.map(({ start, text }) => (
            <div key={start} className={styles.piece} data-start={start}>
              {text}
            </div>
          )),
        [pieces],
      )}
    </div>
  );
}

/** A place in the page as a position in the text, or null outside of it. */
function position(node: Node, offset: number): number | null {
  const piece = (node instanceof Element ? node : node.parentElement)?.closest("[data-start]");
  const start = piece?.getAttribute("data-start");
  if (start == null) return null;
  // On an element, the offset counts children: before its only text, or after it.
  const within = node instanceof Text ? offset : offset && (piece?.textContent?.length ?? 0);
  return Number(start) + within;
}
