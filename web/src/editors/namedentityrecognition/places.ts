/** Between the page and the text: which position a place has, and where a position is seen. */

import { type Piece, pieceAt, type Word } from "./spans";

/** Where each piece's text node is. */
export type Nodes = readonly (Text | undefined)[];

export class Places {
  private readonly nodes: Nodes;

  constructor(
    readonly text: HTMLElement,
    readonly pieces: readonly Piece[],
  ) {
    this.nodes = Array.from(text.children, (child) => child.firstChild as Text);
  }

  get length(): number {
    const last = this.pieces.at(-1);
    return last ? last.start + last.text.length : 0;
  }

  /** The part of the page that this part of the text stands in. */
  range({ start, end }: Word): StaticRangeInit | null {
    const [first, last] = [pieceAt(this.pieces, start), pieceAt(this.pieces, end - 1)];
    const [startContainer, endContainer] = [this.nodes[first], this.nodes[last]];
    const [from, to] = [this.pieces[first], this.pieces[last]];
    if (!startContainer || !endContainer || !from || !to) return null;
    return {
      startContainer,
      startOffset: start - from.start,
      endContainer,
      endOffset: end - to.start,
    };
  }

  /** Where on the screen a part of the text is, line by line. */
  rects(word: Word): DOMRect[] {
    const place = this.range(word);
    if (!place) return [];
    const range = document.createRange();
    range.setStart(place.startContainer, place.startOffset);
    range.setEnd(place.endContainer, place.endOffset);
    const lines = [...range.getClientRects()];
    return lines.length ? lines : [range.getBoundingClientRect()];
  }

  /** What was selected inside the text by the browser's own means, or null. */
  get selection(): Word | null {
    const selection = getSelection();
    if (!selection?.rangeCount || selection.isCollapsed) return null;
    const { startContainer, startOffset, endContainer, endOffset } = selection.getRangeAt(0);
    const [start, end] = [this.of(startContainer, startOffset), this.of(endContainer, endOffset)];
    return start === null || end === null || start >= end ? null : { start, end };
  }

  /** A place in the page as a position in the text, or null outside of it. */
  of(node: Node, offset: number): number | null {
    if (node === this.text) return this.pieces[offset]?.start ?? this.length;
    const piece = (node instanceof Element ? node : node.parentElement)?.closest("[data-start]");
    const start = piece?.getAttribute("data-start");
    if (start == null || !this.text.contains(piece ?? null)) return null;
    // On an element, the offset counts children: before its only text, or after it.
    const within = node instanceof Text ? offset : offset && (piece?.textContent?.length ?? 0);
    return Number(start) + within;
  }

  /**
   * The position in the text next to a place on the screen. Beside the text that is an end of
   * the line there, above it the beginning of all, and below it the end.
   */
  at(x: number, y: number): number | null {
    const box = this.text.getBoundingClientRect();
    if (y < box.top) return 0;
    if (y > box.bottom) return this.length;
    const sight = sightOf(this.text);
    const caret = caretAt(
      clamp(x, Math.max(box.left, sight.left), Math.min(box.right, sight.right)),
      clamp(y, Math.max(box.top, sight.top), Math.min(box.bottom, sight.bottom)),
    );
    return caret && this.of(caret.offsetNode, caret.offset);
  }

  /** The part of the text that is in sight, as near as one can tell. */
  get inSight(): Word {
    const box = this.text.getBoundingClientRect();
    const sight = sightOf(this.text);
    const [top, bottom] = [Math.max(box.top, sight.top), Math.min(box.bottom, sight.bottom)];
    // Both ends of a line, because a text that runs from right to left begins at the other one.
    const ends = (y: number) => [this.at(box.left, y), this.at(box.right, y)];
    const from = ends(top + 1).filter((one) => one !== null);
    const to = ends(bottom - 1).filter((one) => one !== null);
    return {
      start: from.length ? Math.min(...from) : 0,
      end: to.length ? Math.max(...to) + 1 : this.length,
    };
  }
}

/** What of the screen an element can be seen through: what all boxes that scroll leave open. */
export function sightOf(element: Element): DOMRect {
  let [left, top, right, bottom] = [0, 0, innerWidth, innerHeight];
  for (let box = element.parentElement; box; box = box.parentElement) {
    if (getComputedStyle(box).overflowY === "visible") continue;
    const rect = box.getBoundingClientRect();
    [left, top] = [Math.max(left, rect.left), Math.max(top, rect.top)];
    [right, bottom] = [Math.min(right, rect.right), Math.min(bottom, rect.bottom)];
  }
  return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least + 1, Math.min(most - 1, value));
}

/** Browsers before 2025 know the older of the two calls only. */
function caretAt(x: number, y: number): { offsetNode: Node; offset: number } | null {
  if (document.caretPositionFromPoint) return document.caretPositionFromPoint(x, y);
  const range = document.caretRangeFromPoint(x, y);
  return range && { offsetNode: range.startContainer, offset: range.startOffset };
}
