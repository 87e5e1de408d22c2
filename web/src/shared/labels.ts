/** Lists of labels as customers write them, flat or nested, made flat for the screen. */

export type LabelTree = readonly (string | { choice: string; subchoices?: LabelTree })[];

export interface Label {
  name: string;
  /** The choices above it, outermost first, joined for reading. */
  group: string;
}

/** The labels that may be chosen, in order: those without labels below them. */
export function leaves(tree: LabelTree, group = ""): Label[] {
  return tree.flatMap((node) => {
    if (typeof node === "string") return [{ name: node, group }];
    const below = node.subchoices ?? [];
    if (!below.length) return [{ name: node.choice, group }];
    return leaves(below, group ? `${group} › ${node.choice}` : node.choice);
  });
}

/**
 * A name short enough to stand on a picture or over a text. What is left out is its middle:
 * labels of one family begin alike and differ at their ends.
 */
export function shortened(name: string, length: number): string {
  if (name.length <= length) return name;
  const signs = [...graphemes.segment(name)].map(({ segment }) => segment);
  if (signs.length <= length) return name;
  const [front, back] = [Math.ceil((length - 1) / 2), Math.floor((length - 1) / 2)];
  return `${signs.slice(0, front).join("")}…${signs.slice(-back).join("")}`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many different colours labels have before they repeat; see `--label-0` in tokens.css. */
export const COLOURS = 12;
