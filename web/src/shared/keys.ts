/** Which key does what. Two actions on one key are refused when a screen is set up. */

export interface Binding {
  /** "Enter", "z", "Shift+z", "Ctrl+Enter", "1": see `chordOf`. */
  key: string;
  /** What it does, for the list of keys. */
  does: string;
  run: () => void;
  /** Whether holding the key down does it again and again. */
  repeats?: boolean;
  /** Whether it also works while the annotator types in a field. */
  inText?: boolean;
}

export type KeyMap = ReadonlyMap<string, Binding>;

export class KeyClash extends Error {}

export function keyMap(...groups: readonly (readonly Binding[])[]): KeyMap {
  const map = new Map<string, Binding>();
  for (const binding of groups.flat()) {
    const other = map.get(binding.key);
    if (other) {
      throw new KeyClash(`${binding.key} means both "${other.does}" and "${binding.does}"`);
    }
    map.set(binding.key, binding);
  }
  return map;
}

type Stroke = Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">;

/**
 * The name of a key stroke. Digits go by their place, so that they work on the numeric pad and
 * on layouts that want Shift for them; letters go by what the layout prints on them.
 */
export function chordOf(stroke: Stroke): string {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(stroke.code)?.[1];
  const key = digit ?? (stroke.key.length === 1 ? stroke.key.toLowerCase() : stroke.key);
  const named = key === " " ? "Space" : key;
  const isSign = digit === undefined && named.length === 1 && !/\p{L}/u.test(named);
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
  const binding = map.get(chordOf(stroke));
  return binding && (!inText || binding.inText) ? binding : undefined;
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
