/** Paints spans over the text without touching its elements (CSS Custom Highlights). */

import { COLOURS } from "../../shared/labels";
import { type Piece, pieceAt, type Span, type Word } from "./spans";

/** Where each piece's text node is. */
export type Nodes = readonly (Text | undefined)[];

export class Highlights {
  constructor(
    private readonly pieces: readonly Piece[],
    private readonly nodes: Nodes,
  ) {}

  /** Show these spans, each in its label's colour, and these words as chosen and in hand. */
  paint(spans: readonly Span[], colourOf: (label: string) => number): void {
    const byColour = Array.from({ length: COLOURS }, (): AbstractRange[] => []);
    for (const span of spans) {
      const range = this.range(span);
      if (range) byColour[colourOf(span.label) % COLOURS]?.push(range);
    }
    for (const [colour, ranges] of byColour.entries()) {
      CSS.highlights.set(`label-${colour}`, new Highlight(...ranges));
    }
  }

  paintOne(name: "chosen" | "cursor", word: Word | null): void {
    const range = word && this.range(word);
    const highlight = range ? new Highlight(range) : new Highlight();
    // Above the labels' colours.
    highlight.priority = 1;
    CSS.highlights.set(name, highlight);
  }

  clear(): void {
    CSS.highlights.clear();
  }

  range({ start, end }: Word): StaticRange | null {
    const [first, last] = [pieceAt(this.pieces, start), pieceAt(this.pieces, end - 1)];
    const [startContainer, endContainer] = [this.nodes[first], this.nodes[last]];
    const [from, to] = [this.pieces[first], this.pieces[last]];
    if (!startContainer || !endContainer || !from || !to) return null;
    return new StaticRange({
      startContainer,
      startOffset: start - from.start,
      endContainer,
      endOffset: end - to.start,
    });
  }
}
