import type { ReactNode } from "react";
import styles from "./Page.module.css";

/** A few words in the middle of the screen; without any, the page is still busy. */
export function Page({ children }: { children?: ReactNode }) {
  return (
    <main className={styles.page} aria-busy={children === undefined || undefined}>
      {children}
    </main>
  );
}
