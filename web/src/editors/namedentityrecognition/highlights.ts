/** Paints spans over the text without touching its elements (CSS Custom Highlights). */

import { COLOURS } from "../../shared/labels";
import type { Places } from "./places";
import type { Span, Word } from "./spans";

export class Highlights {
  constructor(private readonly places: Places) {}

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

  private range(word: Word): StaticRange | null {
    const place = this.places.range(word);
    return place && new StaticRange(place);
  }
}
