import type { ReactNode } from "react";
import styles from "./FieldRow.module.css";

/** Fields that belong together. */
export function FieldRow({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={styles.row}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
