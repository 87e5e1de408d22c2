import type { ReactNode } from "react";
import styles from "./Note.module.css";

interface NoteProps {
  isGood?: boolean;
  /** Whether it is read out when it appears. */
  isNews?: boolean;
  children: ReactNode;
}

/** What an annotator is told of their answers or of where they stand. */
export function Note({ isGood = false, isNews = false, children }: NoteProps) {
  return (
    <p
      className={isGood ? `${styles.note} ${styles.good}` : styles.note}
      role={isNews ? "status" : undefined}
    >
      {children}
    </p>
  );
}
