import { lazy, type SyntheticEvent, Suspense, useState } from "react";
import { isFolded, setFolded } from "./folded";
import styles from "./Instruction.module.css";

const Markdown = lazy(() => import("./Markdown"));

/** The customer's instruction; the plain text stands until the formatter has come. */
export function Instruction({ text }: { text: string }) {
  // Whoever has folded it knows it, and wants the room for the next task as well.
  const [isOpen] = useState(() => !isFolded(text));
  if (!text.trim()) return null;
  const toggled = (event: SyntheticEvent<HTMLDetailsElement>) =>
    setFolded(text, !event.currentTarget.open);
  return (
    <details className={styles.instruction} open={isOpen} onToggle={toggled}>
      <summary>Instruction</summary>
      <div className={styles.prose}>
        <Suspense fallback={<p>{text}</p>}>
          <Markdown text={text} />
        </Suspense>
      </div>
    </details>
  );
}
