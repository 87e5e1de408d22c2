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

/** Whether every letter of the query occurs in order; the nearest labels come first. */
export function matchingLabels(labels: readonly Label[], query: string): number[] {
  const wanted = query.trim().toLowerCase();
  const all = labels.map((_, index) => index);
  if (!wanted) return all;
  const text = (index: number) => `${labels[index]?.group} ${labels[index]?.name}`.toLowerCase();
  const near = all.filter((index) => text(index).includes(wanted));
  const far = all.filter((index) => !text(index).includes(wanted) && inOrder(wanted, text(index)));
  return [...near, ...far];
}

function inOrder(letters: string, text: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** How many different colours labels have before they repeat; see `--label-0` in tokens.css. */
export const COLOURS = 12;
