import { type ReactNode, useCallback, useMemo, useState } from "react";
import type { Annotator } from "../../shared/api";
import type { WorkbenchState } from "../workbench";
import { duration } from "../../shared/duration";
import { typeName } from "../../editors/registry";
import { useKeys } from "../../shared/keyboard";
import { Logo } from "../../shared/Logo";
import { ScoresDialog } from "./ScoresDialog";
import { Button } from "../../shared/Button";
import styles from "./TopBar.module.css";

interface TopBarProps {
  annotator: Annotator;
  state: WorkbenchState;
  signOut: () => void;
  /** What else there is to open from it. */
  children: ReactNode;
}

export function TopBar({ annotator, state, signOut, children }: TopBarProps) {
  const [isScoring, setScoring] = useState(false);
  const show = useCallback(() => setScoring(true), []);
  useKeys(useMemo(() => [{ key: "Shift+s", does: "Show your scores", run: show }], [show]));
  const task = state.lessonFeedback?.task ?? state.current;
  const type = task?.assignment.type;
  return (
    <header className={styles.bar}>
      <span className={styles.brand}>
        <Logo />
        <span className={styles.name}>Evenhand</span>
      </span>
      <h1>
        {type ? typeName(type) : "Workbench"}
        {task?.assignment.lesson && (
          <span className={styles.chip} title="What was expected is shown after each lesson">
            Lesson
          </span>
        )}
        {task?.assignment.review && (
          <span className={styles.chip} title="Your answer decides what others could not settle">
            Review
          </span>
        )}
      </h1>
      <dl className={styles.progress}>
        <div>
          <dt>Done</dt>
          <dd>{state.done}</dd>
        </div>
        <div title="Pauses are not counted">
          <dt>Active</dt>
          <dd>{duration(state.activeMs)}</dd>
        </div>
      </dl>
      <span className={styles.who}>{annotator.name || annotator.email}</span>
      {children}
      <Button kind="quiet" onClick={show}>
        Scores <kbd>⇧s</kbd>
      </Button>
      <Button kind="quiet" onClick={signOut}>
        Sign out
      </Button>
      {isScoring && <ScoresDialog close={() => setScoring(false)} />}
    </header>
  );
}
