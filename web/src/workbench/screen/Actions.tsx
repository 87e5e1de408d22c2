import { Button } from "../../shared/Button";
import type { ReactNode } from "react";
import styles from "./Actions.module.css";

/** Buttons in a row, and below them the one that goes on with the work. */
export function ActionBar({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}

interface ActionsProps {
  submit: () => void;
  skip: () => void;
  undo: (() => void) | null;
  redo: (() => void) | null;
}

export function Actions({ submit, skip, undo, redo }: ActionsProps) {
  return (
    <ActionBar>
      <Button disabled={!undo} onClick={undo ?? undefined}>
        Undo <kbd>z</kbd>
      </Button>
      <Button disabled={!redo} onClick={redo ?? undefined}>
        Redo <kbd>⇧z</kbd>
      </Button>
      <Button onClick={skip}>
        Skip <kbd>s</kbd>
      </Button>
      <Button kind="primary" isLarge onClick={submit}>
        Submit <kbd>Enter</kbd>
      </Button>
    </ActionBar>
  );
}
