/** Spans of a text. Inside, positions count UTF-16 units as the browser does; in answers they
 * count Unicode code points as the contract does. */

import type { Attributed } from "../attributes";
import type { Form } from "../textcollection/form";

export interface Span {
  readonly start: number;
  /** The first unit after the span. */
  readonly end: number;
  readonly label: string;
  readonly attributes?: Form;
}

export interface Params extends Attributed {
  text: string;
  labels: (string | { name: string; description?: string })[];
}

export type Value = readonly Span[];

export function labelNames(params: Params): string[] {
  return params.labels.map((label) => (typeof label === "string" ? label : label.name));
}

/** Turns positions of one text between the two ways of counting. */
export class Counting {
  /** Positions of the second halves of surrogate pairs, ascending; empty for most texts. */
  private readonly halves: number[] = [];
  /** The code points that they belong to, by position among code points. */
  private readonly wide: number[] = [];

  constructor(text: string) {
    for (const match of text.matchAll(/[\u{10000}-\u{10FFFF}]/gu)) {
      this.wide.push(match.index - this.halves.length);
      this.halves.push(match.index + 1);
    }
  }

  toCodePoints(units: number): number {
    return units - before(this.halves, units);
  }

  toUnits(codePoints: number): number {
    return codePoints + before(this.wide, codePoints);
  }
}

/** How many of the ascending numbers are below a limit. */
function before(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface Piece {
  readonly start: number;
  readonly text: string;
}

/** The text in paragraphs, so that the browser lays out only those in sight. */
export function pieces(text: string): Piece[] {
  let start = 0;
  return text.split(/(?<=\n)/).map((part) => {
    const piece = { start, text: part };
    start += part.length;
    return piece;
  });
}

/** The piece that holds a position, by its place in the list. */
export function pieceAt(all: readonly Piece[], position: number): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle] as Piece).start <= position) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
const wordsOfPiece = new WeakMap<Piece, readonly Word[]>();

export interface Word {
  readonly start: number;
  readonly end: number;
}

/** The words and signs of a piece, without the blanks between them. */
export function wordsIn(piece: Piece): readonly Word[] {
  let words = wordsOfPiece.get(piece);
  if (!words) {
    words = [...segmenter.segment(piece.text)]
      .filter(({ segment }) => segment.trim() !== "")
      .map(({ segment, index }) => {
        const start = piece.start + index;
        return { start, end: start + segment.length };
      });
    wordsOfPiece.set(piece, words);
  }
  return words;
}

/** A selection widened to whole words and freed of blanks at its ends; null if only blanks. */
export function snapped(all: readonly Piece[], start: number, end: number): Word | null {
  let [from, to]: [number | null, number] = [null, 0];
  for (let index = pieceAt(all, start); index < all.length; index++) {
    const piece = all[index] as Piece;
    if (piece.start >= end) break;
    for (const word of wordsIn(piece)) {
      if (word.end <= start || word.start >= end) continue;
      from ??= word.start;
      to = word.end;
    }
  }
  return from === null ? null : { start: from, end: to };
}

/** The word before or after a position, across pieces; null at the ends of the text. */
export function wordBeside(all: readonly Piece[], position: number, by: 1 | -1): Word | null {
  for (let index = pieceAt(all, position); index >= 0 && index < all.length; index += by) {
    const words = wordsIn(all[index] as Piece);
    const word =
      by > 0
        ? words.find(({ start }) => start >= position)
        : words.findLast(({ end }) => end <= position);
    if (word) return word;
  }
  return null;
}

/** A selection widened to whole signs: a letter keeps its accent, and a flag both its halves. */
export function wholeSigns(all: readonly Piece[], start: number, end: number): Word | null {
  if (start >= end) return null;
  const first = signAt(all, start);
  const last = signAt(all, end - 1);
  return first && last && { start: first.start, end: last.end };
}

const signs = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function signAt(all: readonly Piece[], position: number): Word | null {
  const piece = all[pieceAt(all, position)];
  const sign = piece && signs.segment(piece.text).containing(position - piece.start);
  if (!piece || !sign) return null;
  const start = piece.start + sign.index;
  return { start, end: start + sign.segment.length };
}

/** With one more span, in order of place; the same span with the same label is not doubled. */
export function withSpan(spans: readonly Span[], span: Span): readonly Span[] {
  if (spans.some((one) => isSame(one, span))) return spans;
  return [...spans, span].sort(byPlace);
}

/** In order of place, and none of them twice. */
export function inOrder(spans: readonly Span[]): readonly Span[] {
  const each = new Map(spans.map((span) => [`${span.start} ${span.end} ${span.label}`, span]));
  return [...each.values()].sort(byPlace);
}

function byPlace(a: Span, b: Span): number {
  return a.start - b.start || a.end - b.end;
}

// As the server counts them; a test compares the two.
export const SPANS_MAX = 10_000;
export const COVERED_LENGTH_MAX = 2_000_000;

/** Why there are too many spans, or too long ones, or null. */
export function excess(spans: readonly Span[]): string | null {
  if (spans.length > SPANS_MAX) {
    return `An answer may have ${SPANS_MAX.toLocaleString("en")} spans, and this one has them.`;
  }
  // Units are at least as many as the code points that the server counts.
  const covered = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  if (covered <= COVERED_LENGTH_MAX) return null;
  const most = COVERED_LENGTH_MAX.toLocaleString("en");
  return `All spans together may cover ${most} characters; mark fewer or shorter ones.`;
}

export function isSame(a: Span, b: Span): boolean {
  return a.start === b.start && a.end === b.end && a.label === b.label;
}

/** The span under a position: of several the shortest, and after the chosen one the next longer. */
export function spanAt(
  spans: readonly Span[],
  position: number,
  chosen: Span | null = null,
): Span | null {
  const hit = spans.filter(({ start, end }) => start <= position && position < end);
  hit.sort((a, b) => a.end - a.start - (b.end - b.start));
  const at = chosen ? hit.indexOf(chosen) : -1;
  return hit[(at + 1) % hit.length] ?? null;
}
