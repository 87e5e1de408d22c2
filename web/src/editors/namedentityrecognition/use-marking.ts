import { useCallback, useMemo, useState } from "react";
import type { Binding } from "../../shared/keys";
import {
  excess,
  isSame,
  type Piece,
  type Span,
  snapped,
  spanAt,
  type Word,
  wholeSigns,
  withSpan,
  wordBeside,
} from "./spans";

interface MarkingOptions {
  pieces: readonly Piece[];
  spans: readonly Span[];
  names: readonly string[];
  act: (spans: readonly Span[]) => void;
  say: (message: string) => void;
}

// The label in hand when the last task ended, for the next one that has it.
const remembered: { label: string | null } = { label: null };

export type Marking = ReturnType<typeof useMarking>;

/** The label in hand, the chosen span, the words under the keyboard's cursor, and their uses. */
export function useMarking({ pieces, spans, names, act, say }: MarkingOptions) {
  const [armed, setArmed] = useState<string | null>(() =>
    names.includes(remembered.label ?? "") ? remembered.label : (names[0] ?? null),
  );
  const [chosen, setChosen] = useState<Span | null>(null);
  const [cursor, setCursor] = useState<Word | null>(null);
  // An undo may have taken away what was chosen.
  const held = useMemo(
    () => (chosen && spans.find((span) => isSame(span, chosen))) ?? null,
    [spans, chosen],
  );

  const arm = useCallback((label: string | null) => {
    remembered.label = label;
    setArmed(label);
  }, []);
  const choose = useCallback((span: Span | null) => {
    setChosen(span);
    setCursor(null);
  }, []);
  const mark = useCallback(
    (word: Word, label: string) => {
      const marked = withSpan(spans, { start: word.start, end: word.end, label });
      if (marked === spans) return say(`This is marked as ${label} already.`);
      const problem = excess(marked);
      if (problem) return say(problem);
      act(marked);
    },
    [spans, act, say],
  );
  const name = useCallback(
    (label: string) => {
      if (held) {
        const renamed = { ...held, label };
        act(
          withSpan(
            spans.filter((span) => span !== held),
            renamed,
          ),
        );
        return setChosen(renamed);
      }
      if (cursor) mark(cursor, label);
      arm(label);
    },
    [held, cursor, spans, act, mark, arm],
  );
  /** What the pointer selected: marked, or held in hand while no label is. */
  const select = useCallback(
    (start: number, end: number, exact: boolean, label: string | null = armed) => {
      const word = exact ? wholeSigns(pieces, start, end) : snapped(pieces, start, end);
      if (!word) return say("There is nothing but blanks, so nothing is marked.");
      setChosen(null);
      if (label === null) return setCursor(word);
      setCursor(null);
      mark(word, label);
    },
    [pieces, armed, mark, say],
  );
  const click = useCallback(
    (position: number) => {
      const span = spanAt(spans, position, held);
      if (span) return choose(span);
      setChosen(null);
      setCursor(snapped(pieces, position, position + 1));
    },
    [spans, held, pieces, choose],
  );
  const remove = useCallback(() => {
    if (held) act(spans.filter((span) => span !== held));
    setChosen(null);
  }, [held, spans, act]);
  const leave = useCallback(() => {
    if (held || cursor) return choose(null);
    arm(null);
  }, [held, cursor, choose, arm]);
  return {
    armed,
    chosen: held,
    cursor,
    setCursor,
    choose,
    arm,
    name,
    select,
    click,
    remove,
    leave,
  };
}

/** Moving by words and spans without a pointer. */
export function useMarkingKeys(
  marking: Marking,
  pieces: readonly Piece[],
  spans: readonly Span[],
): readonly Binding[] {
  return useMemo(() => {
    const { cursor, chosen, setCursor, choose } = marking;
    const move = (by: 1 | -1) => () => {
      const from = cursor ?? chosen ?? { start: 0, end: 0 };
      const word = wordBeside(pieces, by > 0 ? from.end : from.start, by);
      choose(null);
      setCursor(word ?? cursor);
    };
    const extend = (by: 1 | -1) => () => {
      if (!cursor) return move(1)();
      const word = wordBeside(pieces, by > 0 ? cursor.end : cursor.end - 1, by);
      if (word && word.end > cursor.start) setCursor({ start: cursor.start, end: word.end });
    };
    const step = (by: 1 | -1) => () => {
      const at = spans.findIndex((span) => span === chosen);
      const next = spans.at(at < 0 ? (by > 0 ? 0 : -1) : (at + by) % spans.length);
      if (next) choose(next);
    };
    return [
      { key: "ArrowRight", does: "Next word", run: move(1), repeats: true },
      { key: "ArrowLeft", does: "Previous word", run: move(-1), repeats: true },
      { key: "Shift+ArrowRight", does: "Widen by a word", run: extend(1), repeats: true },
      { key: "Shift+ArrowLeft", does: "Narrow by a word", run: extend(-1), repeats: true },
      { key: "n", does: "Next marked span", run: step(1) },
      { key: "Shift+n", does: "Previous marked span", run: step(-1) },
      { key: "Delete", does: "Remove the chosen span", run: marking.remove },
      { key: "Backspace", does: "Remove the chosen span", run: marking.remove },
      { key: "Escape", does: "Leave the span, then put the label down", run: marking.leave },
    ];
  }, [marking, pieces, spans]);
}
