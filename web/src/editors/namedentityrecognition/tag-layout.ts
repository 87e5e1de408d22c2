/** Where the names of spans stand, so that they cover neither the text nor each other. Pure. */

export interface Anchor {
  name: string;
  /** Where the span begins: the left end of its first sign, or the right end. */
  x: number;
  /** The upper edge of the line. */
  y: number;
  /** Whether the text runs from right to left here. */
  isLeftward: boolean;
  /** How wide the name would like to be. */
  width: number;
}

export interface Placed {
  left: number;
  width: number;
}

// Enough for a letter or two.
const NARROWEST = 22;
const GAP = 2;

/**
 * A place for each name above its span. Names on one line make room for each other: each ends
 * where the next one's span begins, as long as a letter or two remain, and else pushes it on.
 */
export function placed(anchors: readonly Anchor[], room: number): Placed[] {
  const places: Placed[] = anchors.map(({ x, width }) => ({ left: x, width }));
  const lines = Map.groupBy(anchors.keys(), (index) => {
    const { y, isLeftward } = anchors[index] as Anchor;
    return `${Math.round(y)} ${isLeftward}`;
  });
  for (const line of lines.values()) placeLine(line, anchors, places, room);
  return places;
}

function placeLine(
  line: number[],
  anchors: readonly Anchor[],
  places: Placed[],
  room: number,
): void {
  // Leftward text is laid out in a mirror.
  const from = (index: number) => {
    const { x, isLeftward } = anchors[index] as Anchor;
    return isLeftward ? room - x : x;
  };
  line.sort((a, b) => from(a) - from(b));
  let end = -Infinity;
  for (const [order, index] of line.entries()) {
    const { width: wanted, isLeftward } = anchors[index] as Anchor;
    const next = line[order + 1];
    const begin = Math.max(from(index), end + GAP);
    const free = next === undefined ? Infinity : from(next) - begin - GAP;
    const width = Math.min(wanted, Math.max(NARROWEST, free));
    // At the end of a line a name is moved in again, as far as the one before it allows.
    const start = Math.max(Math.min(begin, room - width), Math.min(begin, end + GAP));
    places[index] = { left: isLeftward ? room - start - width : start, width };
    end = start + width;
  }
}

/** How many spans lie over each other below each of these, which are in order of place. */
export function levels(spans: readonly { start: number; end: number }[]): number[] {
  const ends: number[] = [];
  return spans.map(({ start, end }) => {
    const free = ends.findIndex((taken) => taken <= start);
    const level = free < 0 ? ends.length : free;
    ends[level] = end;
    return level;
  });
}
