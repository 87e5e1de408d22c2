/** One listener for the whole screen; every part of it lends its keys while it is shown. */

import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
} from "react";
import { actionFor, type Binding, isTextField, type KeyMap, keyMap } from "./keys";

/**
 * Keys of one level may not clash. A mode that somebody is in stands above the screen's own keys
 * and takes theirs while it lasts; what works unless an editor needs the key stands below them.
 */
export type Level = "mode" | "screen" | "spare";
const LEVELS: readonly Level[] = ["spare", "screen", "mode"];

class Keyboard {
  private readonly groups = new Map<string, { level: Level; bindings: readonly Binding[] }>();
  map: KeyMap = new Map();

  register(id: string, bindings: readonly Binding[], level: Level): void {
    this.groups.set(id, { level, bindings });
    this.compose();
  }

  unregister(id: string): void {
    this.groups.delete(id);
    this.compose();
  }

  private compose(): void {
    const groups = [...this.groups.values()];
    this.map = new Map(
      LEVELS.flatMap((level) => {
        const these = groups.filter((group) => group.level === level);
        return [...keyMap(...these.map(({ bindings }) => bindings))];
      }),
    );
  }
}

const KeyboardContext = createContext<Keyboard>(new Keyboard());

export function KeyboardProvider({ children }: { children: ReactNode }) {
  const keyboard = useMemo(() => new Keyboard(), []);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || isElsewhere(event)) return;
      const binding = actionFor(keyboard.map, event, isTextField(event.target));
      if (!binding) return;
      event.preventDefault();
      // A held Enter must not hand in one task after the other.
      if (!event.repeat || binding.repeats) binding.run();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [keyboard]);
  return <KeyboardContext value={keyboard}>{children}</KeyboardContext>;
}

/** Lend these keys while the calling component is on the screen. */
export function useKeys(bindings: readonly Binding[], level: Level = "screen"): void {
  const keyboard = useContext(KeyboardContext);
  const id = useId();
  useLayoutEffect(() => keyboard.register(id, bindings, level), [keyboard, id, bindings, level]);
  useLayoutEffect(() => () => keyboard.unregister(id), [keyboard, id]);
}

/** The keys that work right now, for the list of keys. */
export function useKeyList(): () => readonly Binding[] {
  const keyboard = useContext(KeyboardContext);
  return () => [...keyboard.map.values()];
}

/** Keys that belong to an open dialog, or to a control reached with the Tab key. */
function isElsewhere(event: KeyboardEvent): boolean {
  if (document.querySelector("dialog[open]")) return true;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  const activates = event.key === "Enter" || event.key === " ";
  return (
    activates && target.matches("button:focus-visible, a:focus-visible, summary:focus-visible")
  );
}
