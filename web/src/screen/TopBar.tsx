import { useCallback, useMemo, useState } from "react";
import type { Annotator } from "../api-types";
import type { BenchState } from "../bench";
import { duration } from "../duration";
import { typeName } from "../editors/registry";
import { useKeys } from "./keyboard";
import { Mark } from "./Mark";
import { ScoresDialog } from "./ScoresDialog";

interface TopBarProps {
  annotator: Annotator;
  state: BenchState;
  signOut: () => void;
}

export function TopBar({ annotator, state, signOut }: TopBarProps) {
  const [isScoring, setScoring] = useState(false);
  const show = useCallback(() => setScoring(true), []);
  useKeys(useMemo(() => [{ key: "Shift+s", does: "Show your scores", run: show }], [show]));
  const task = state.taught?.task ?? state.current;
  const type = task?.assignment.type;
  return (
    <header className="top-bar">
      <span className="brand">
        <Mark />
        Evenhand
      </span>
      <h1>
        {type ? typeName(type) : "Workbench"}
        {task?.assignment.lesson && (
          <span className="chip" title="What was expected is shown after each lesson">
            Lesson
          </span>
        )}
        {task?.assignment.review && (
          <span className="chip" title="Your answer decides what others could not settle">
            Review
          </span>
        )}
      </h1>
      <dl className="progress">
        <div>
          <dt>Done</dt>
          <dd>{state.done}</dd>
        </div>
        <div title="Pauses are not counted">
          <dt>Active</dt>
          <dd>{duration(state.activeMs)}</dd>
        </div>
      </dl>
      <span className="who">{annotator.name || annotator.email}</span>
      <button type="button" className="button quiet" onClick={show}>
        Scores <kbd>⇧s</kbd>
      </button>
      <button type="button" className="button quiet" onClick={signOut}>
        Sign out
      </button>
      {isScoring && <ScoresDialog close={() => setScoring(false)} />}
    </header>
  );
}
