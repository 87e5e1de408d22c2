import { lazy, Suspense } from "react";
import styles from "./Instruction.module.css";

const Markdown = lazy(() => import("./Markdown"));

/** The customer's instruction; the plain text stands until the formatter has come. */
export function Instruction({ text }: { text: string }) {
  if (!text.trim()) return null;
  return (
    <details className={styles.instruction} open>
      <summary>Instruction</summary>
      <div className={styles.prose}>
        <Suspense fallback={<p>{text}</p>}>
          <Markdown text={text} />
        </Suspense>
      </div>
    </details>
  );
}
