/** Which instructions somebody has folded: by their text, as tasks of one project share it. */

const KEY = "evenhand.folded";
const FOLDED_MAX = 50;

export function isFolded(instruction: string): boolean {
  return read().includes(digest(instruction));
}

/** Keep whether an instruction is folded, for the tasks that follow; another one is news. */
export function setFolded(instruction: string, folded: boolean): void {
  const own = digest(instruction);
  const others = read().filter((one) => one !== own);
  if (!folded && others.length === read().length) return;
  const all = folded ? [...others, own].slice(-FOLDED_MAX) : others;
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // Without storage it unfolds with the next task, and nothing else is lost.
  }
}

function read(): string[] {
  try {
    const all: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(all) ? all.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

/** A short name for a text; that of another one folds it too, once in a few billions. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16777619);
  }
  return `${(hash >>> 0).toString(36)} ${text.length}`;
}
