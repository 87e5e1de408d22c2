/** The names of the spans in sight, above their beginnings, and lines below those that overlap. */

import { shortened } from "../../shared/labels";
import type { Places } from "./places";
import type { Span } from "./spans";
import { type Anchor, levels, placed } from "./tag-layout";

interface Classes {
  tag: string;
  bar: string;
}

// More names than this on a screen are not read any more, and would slow down scrolling.
const NAMED_MAX = 400;
const NAME_LENGTH_MAX = 40;
const BARS_MAX = 2;
const TAG_PX = 13;
const PADDING_PX = 8;
const FONT = "600 10px system-ui, sans-serif";
const LEFTWARD = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;

export class Tags {
  private spans: readonly Span[] = [];
  private colourOf: (label: string) => number = () => 0;
  private frame = 0;
  private readonly widths = new Map<string, number>();
  private readonly pen = document.createElement("canvas").getContext("2d");
  private readonly observer = new ResizeObserver(() => this.later());
  private readonly gone = new AbortController();

  constructor(
    private readonly sheet: HTMLElement,
    private readonly places: Places,
    private readonly classes: Classes,
  ) {
    // Whatever scrolls around the text, it is heard here.
    const options = { capture: true, passive: true, signal: this.gone.signal };
    addEventListener("scroll", () => this.later(), options);
    this.observer.observe(places.text);
  }

  show(spans: readonly Span[], colourOf: (label: string) => number): void {
    this.spans = spans;
    this.colourOf = colourOf;
    this.paint();
  }

  clear(): void {
    cancelAnimationFrame(this.frame);
    this.gone.abort();
    this.observer.disconnect();
    this.sheet.replaceChildren();
  }

  private later(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  private paint(): void {
    if (!this.spans.length) return this.sheet.replaceChildren();
    const { start, end } = this.places.inSight;
    const seen = this.spans
      .filter((span) => span.start < end && span.end > start)
      .slice(0, NAMED_MAX)
      .map((span) => ({
        ...span,
        start: Math.max(span.start, start),
        end: Math.min(span.end, end),
      }));
    // Of those that begin together the longest first: its name stands at the beginning.
    seen.sort((a, b) => a.start - b.start || b.end - a.end);
    const origin = this.sheet.getBoundingClientRect();
    this.sheet.replaceChildren(...this.bars(seen, origin), ...this.names(seen, origin));
  }

  private names(seen: readonly Span[], origin: DOMRect): HTMLElement[] {
    const anchors = seen.map((span): Anchor => {
      const [line] = this.places.rects({ start: span.start, end: span.start + 1 });
      const isLeftward = LEFTWARD.test(this.signAt(span.start));
      const x = ((isLeftward ? line?.right : line?.left) ?? 0) - origin.left;
      const name = shortened(span.label, NAME_LENGTH_MAX);
      const y = (line?.top ?? 0) - origin.top - TAG_PX;
      return { name, x, y, isLeftward, width: this.width(name) };
    });
    return placed(anchors, origin.width).map(({ left, width }, index) => {
      const { name, y } = anchors[index] as Anchor;
      const tag = this.element(this.classes.tag, seen[index] as Span);
      tag.textContent = name;
      tag.dir = "auto";
      Object.assign(tag.style, { left: `${left}px`, top: `${y}px`, width: `${width}px` });
      return tag;
    });
  }

  /** Marked text is underlined once; what lies over other spans has a line of its own below. */
  private bars(seen: readonly Span[], origin: DOMRect): HTMLElement[] {
    return levels(seen).flatMap((level, index) => {
      if (level === 0 || level > BARS_MAX) return [];
      const span = seen[index] as Span;
      return this.places.rects(span).map((line) => {
        const bar = this.element(this.classes.bar, span);
        const [left, top] = [line.left - origin.left, line.bottom - origin.top + 3 * level - 2];
        Object.assign(bar.style, { left: `${left}px`, top: `${top}px`, width: `${line.width}px` });
        return bar;
      });
    });
  }

  private element(className: string, { label }: Span): HTMLElement {
    const element = document.createElement("span");
    element.className = className;
    element.style.background = `var(--label-${this.colourOf(label)})`;
    return element;
  }

  private signAt(position: number): string {
    const place = this.places.range({ start: position, end: position + 1 });
    const { data } = (place?.startContainer ?? { data: "" }) as Text;
    return String.fromCodePoint(data.codePointAt(place?.startOffset ?? 0) ?? 32);
  }

  private width(name: string): number {
    let width = this.widths.get(name);
    if (width === undefined) {
      if (this.pen) this.pen.font = FONT;
      width = Math.ceil(this.pen?.measureText(name).width ?? 40) + PADDING_PX;
      this.widths.set(name, width);
    }
    return width;
  }
}
