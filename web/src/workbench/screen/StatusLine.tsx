import type { WorkbenchState } from "../workbench";
import styles from "./StatusLine.module.css";

interface StatusLineProps {
  state: WorkbenchState;
  /** Where the answer in hand was last saved. */
  saved: string | null;
}

export function StatusLine({ state, saved }: StatusLineProps) {
  return (
    <footer className={styles.line}>
      <span className={state.isNews ? styles.news : styles.notice} role="status">
        {state.notice}
      </span>
      <span className={state.offline ? styles.offline : undefined} role="status">
        {sending(state)}
      </span>
      <span>{saved}</span>
      <span className={styles.help}>
        <kbd>?</kbd> all keys
      </span>
    </footer>
  );
}

function sending({ waiting, offline, expired }: WorkbenchState): string | null {
  const answers = waiting === 1 ? "1 answer" : `${waiting} answers`;
  if (offline && waiting)
    return `Offline. ${answers} kept on this device, sent when the line is back.`;
  if (expired && waiting) return `${answers} kept on this device until you sign in.`;
  // One that is just on its way needs no words.
  return waiting > 1 ? `Sending ${answers}` : null;
}
