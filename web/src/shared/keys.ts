/** Which key does what. Two actions on one key are refused when a screen is set up. */

export interface Binding {
  /** "Enter", "z", "Shift+z", "Ctrl+Enter", "1": see `chordsOf`. */
  key: string;
  /** What it does, for the list of keys. */
  does: string;
  run: () => void;
  /** Whether holding the key down does it again and again. */
  repeats?: boolean;
  /** Whether it also works while the annotator types in a field. */
  inText?: boolean;
  /** Whether another action on the same key goes before, rather than being refused. */
  yields?: boolean;
}

export type KeyMap = ReadonlyMap<string, Binding>;

export class KeyClash extends Error {}

export function keyMap(...groups: readonly (readonly Binding[])[]): KeyMap {
  const map = new Map<string, Binding>();
  for (const binding of groups.flat()) {
    const other = map.get(binding.key);
    if (other && binding.yields) continue;
    if (other && !other.yields) {
      throw new KeyClash(`${binding.key} means both "${other.does}" and "${binding.does}"`);
    }
    map.set(binding.key, binding);
  }
  return map;
}

export type Stroke = Pick<
  KeyboardEvent,
  "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey"
>;

/** The digit of a key, by its place: on the numeric pad, and where digits want Shift. */
export function digitOf({ code }: Pick<Stroke, "code">): number | null {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  return digit === undefined ? null : Number(digit);
}

// Signs that stand beside the letters, by their place on the keyboard that most others follow.
const SIGNS: Record<string, readonly [string, string]> = {
  Slash: ["/", "?"],
  Equal: ["+", "+"],
  Minus: ["-", "-"],
  Comma: [",", "<"],
  Period: [".", ">"],
};

/**
 * The names of a key stroke, the nearest first. Digits go by their place, so that they work on the
 * numeric pad and on layouts that want Shift for them; letters go by what the layout prints on
 * them, and by their place where it prints others than the Latin ones.
 */
export function chordsOf(stroke: Stroke): string[] {
  const digit = digitOf(stroke);
  const { key } = stroke;
  if (digit !== null) {
    // Of layouts that print "?" or "/" on a digit, where nothing else is meant by it.
    const isSign = /^[^\w\s]$/.test(key);
    return [chord(stroke, String(digit)), ...(isSign ? [chord(stroke, key)] : [])];
  }
  const named = key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key;
  const placed = isLatin(key) ? null : placeOf(stroke);
  return [chord(stroke, named), ...(placed === null ? [] : [chord(stroke, placed)])];
}

function isLatin(key: string): boolean {
  // Signs are the same on most layouts; a dead key or a letter of another script says nothing.
  return key.length > 1 ? key !== "Dead" && key !== "Process" : /[\x20-\x7e]/.test(key);
}

function placeOf({ code, shiftKey }: Stroke): string | null {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter !== undefined) return letter.toLowerCase();
  return SIGNS[code]?.[shiftKey ? 1 : 0] ?? null;
}

function chord(stroke: Stroke, named: string): string {
  const isSign = named.length === 1 && !/[\p{L}\d]/u.test(named);
  return [
    stroke.ctrlKey || stroke.metaKey ? "Ctrl+" : "",
    stroke.altKey ? "Alt+" : "",
    // "?" and "+" need Shift on some layouts and not on others; the sign itself says enough.
    stroke.shiftKey && !isSign ? "Shift+" : "",
    named,
  ].join("");
}

/** The action for a key stroke, or undefined; in a text field only those that work there. */
export function actionFor(map: KeyMap, stroke: Stroke, inText: boolean): Binding | undefined {
  for (const chord of chordsOf(stroke)) {
    const binding = map.get(chord);
    if (binding && (!inText || binding.inText)) return binding;
  }
  return undefined;
}

/**
 * A key for each label: 1 to 9, 0, then the same with Shift; null after the twentieth. Labels
 * that are digits themselves have the key that is printed with them.
 */
export function labelKeys(names: readonly string[]): (string | null)[] {
  if (names.every((name) => /^\d$/.test(name))) return [...names];
  return names.map((_, index) => {
    const digit = String((index + 1) % 10);
    return index < 10 ? digit : index < 20 ? `Shift+${digit}` : null;
  });
}

export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLTextAreaElement || target.isContentEditable) return true;
  return (
    target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type)
  );
}
