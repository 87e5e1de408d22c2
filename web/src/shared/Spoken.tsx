import type { ReactNode } from "react";
import styles from "./Spoken.module.css";

/** Words that a screen reader says when they change, and that nobody sees. */
export function Spoken({ children }: { children: ReactNode }) {
  return (
    <p className={styles.spoken} role="status">
      {children}
    </p>
  );
}
