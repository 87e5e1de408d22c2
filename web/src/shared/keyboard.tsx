/** One listener for the whole screen; every part of it lends its keys while it is shown. */

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import { actionFor, type Binding, isTextField, type KeyMap, keyMap } from "./keys";

/**
 * Keys of one level may not clash. A mode that somebody is in stands above the screen's own keys
 * and takes theirs while it lasts.
 */
export type Level = "screen" | "mode";
const LEVELS: readonly Level[] = ["screen", "mode"];

class Keyboard {
  private readonly groups = new Map<string, { level: Level; bindings: readonly Binding[] }>();
  map: KeyMap = new Map();
  /** Presses from before this moment were meant for what was on the screen then. */
  countsFrom = 0;

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
      if (event.timeStamp < keyboard.countsFrom) return;
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

/**
 * Let no press count that came before the calling component was painted, and say since when it has
 * been on the screen: never, before that.
 */
export function usePainted(): () => number {
  const keyboard = useContext(KeyboardContext);
  const since = useRef(Infinity);
  useLayoutEffect(() => {
    keyboard.countsFrom = Infinity;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // A frame begins with this, and is painted before the timer's turn.
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => {
        keyboard.countsFrom = since.current = performance.now();
      });
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      keyboard.countsFrom = 0;
    };
  }, [keyboard]);
  return useCallback(() => since.current, []);
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
