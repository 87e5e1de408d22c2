import {
  type PointerEvent as Pressed,
  type Ref,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import { Highlights } from "./highlights";
import { Places, sightOf } from "./places";
import type { Piece, Span, Word } from "./spans";
import { Tags } from "./tags";
import styles from "./Document.module.css";

export interface DocumentHandle {
  /** Scroll so that this part of the text is in sight. */
  reveal: (word: Word) => void;
  /** What the browser's own selection holds, as it is made by touch. */
  selection: () => Word | null;
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
  handle: Ref<DocumentHandle>;
}

/** The text. Its elements never change; what is marked is painted over them. */
export function Document(props: DocumentProps) {
  const { pieces, spans, chosen, cursor, colourOf, handle } = props;
  const element = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const marker = useRef<HTMLSpanElement>(null);
  const painted = useRef<{ places: Places; highlights: Highlights; tags: Tags }>(null);
  useLayoutEffect(() => {
    if (!element.current || !sheet.current) return;
    const places = new Places(element.current, pieces);
    const highlights = new Highlights(places);
    const classes = { tag: styles.tag ?? "", bar: styles.bar ?? "" };
    const tags = new Tags(sheet.current, places, classes);
    painted.current = { places, highlights, tags };
    return () => {
      highlights.clear();
      tags.clear();
    };
  }, [pieces]);
  useLayoutEffect(() => {
    painted.current?.highlights.paint(spans, colourOf);
    painted.current?.tags.show(spans, colourOf);
  }, [pieces, spans, colourOf]);
  useLayoutEffect(() => painted.current?.highlights.paintOne("chosen", chosen), [pieces, chosen]);
  useEffect(() => painted.current?.highlights.paintOne("cursor", cursor), [pieces, cursor]);

  useImperativeHandle(
    handle,
    () => ({
      reveal: (word) => reveal(word, painted.current?.places, marker.current),
      selection: () => painted.current?.places.selection ?? null,
    }),
    [],
  );
  useEffect(() => {
    if (cursor) reveal(cursor, painted.current?.places, marker.current);
  }, [cursor]);
  const down = usePointer(props, () => painted.current?.places ?? null, element);
  return (
    <div className={styles.sheet}>
      <div className={styles.document} ref={element} onPointerDown={down}>
        {useMemo(
          () =>
            pieces.map(({ start, text }) => (
              <div key={start} className={styles.piece} data-start={start} dir="auto">
                {text}
              </div>
            )),
          [pieces],
        )}
      </div>
      <div ref={sheet} className={styles.tags} aria-hidden />
      <span ref={marker} className={styles.marker} />
    </div>
  );
}

/** Selecting with the pointer: begun in the text, it may end anywhere on the screen. */
function usePointer(
  { selected, clicked }: DocumentProps,
  places: () => Places | null,
  element: RefObject<HTMLDivElement | null>,
): (event: Pressed) => void {
  const isDown = useRef(false);
  const latest = useRef({ selected, clicked, places });
  latest.current = { selected, clicked, places };
  useEffect(() => {
    const up = (event: PointerEvent) => {
      if (!isDown.current || event.button !== 0) return;
      isDown.current = false;
      setMarking(false);
      const at = latest.current.places();
      if (at) released(event, at, latest.current);
    };
    const cancel = () => {
      isDown.current = false;
      setMarking(false);
    };
    addEventListener("pointerup", up);
    addEventListener("pointercancel", cancel);
    return () => {
      cancel();
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", cancel);
    };
  }, [element]);
  return (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    isDown.current = true;
    setMarking(true);
  };
}

/** While a selection is drawn, nothing but the text takes part in it: see `highlights.css`. */
function setMarking(isMarking: boolean): void {
  document.documentElement.toggleAttribute("data-marking", isMarking);
}

function released(
  event: PointerEvent,
  places: Places,
  { selected, clicked }: Pick<DocumentProps, "selected" | "clicked">,
): void {
  const selection = getSelection();
  const anchor =
    selection?.anchorNode && !selection.isCollapsed
      ? places.of(selection.anchorNode, selection.anchorOffset)
      : null;
  const isInside = event.target instanceof Node && places.text.contains(event.target);
  // A finger's selection has handles to go on with; a label then marks it.
  if (anchor !== null && event.pointerType === "touch") return;
  if (anchor === null || !selection) {
    const position = isInside ? places.at(event.clientX, event.clientY) : null;
    if (position !== null) clicked(position);
    return;
  }
  const inText = isInside && selection.focusNode;
  const focus = inText
    ? places.of(inText, selection.focusOffset)
    : places.at(event.clientX, event.clientY);
  selection.removeAllRanges();
  if (focus === null || focus === anchor) return;
  selected(Math.min(anchor, focus), Math.max(anchor, focus), event.altKey);
}

// Paragraphs that come into sight take on their true height, which moves those below them.
const TRIES_MAX = 4;

/** Scroll, with whatever scrolls around the text, until the beginning of this part is in sight. */
function reveal(
  word: Word,
  places: Places | undefined,
  marker: HTMLElement | null,
  tries = TRIES_MAX,
): void {
  const [line] = places?.rects({ start: word.start, end: word.start + 1 }) ?? [];
  if (!places || !marker?.parentElement || !line) return;
  const sight = sightOf(places.text);
  if (line.top >= sight.top && line.bottom <= sight.bottom) return;
  const origin = marker.parentElement.getBoundingClientRect();
  marker.style.top = `${line.top - origin.top}px`;
  marker.style.height = `${line.height}px`;
  marker.scrollIntoView({ block: "center" });
  if (tries > 1) requestAnimationFrame(() => reveal(word, places, marker, tries - 1));
}
