/** What there is to choose from: a column of wide buttons. */

import type { ComponentProps, ReactNode } from "react";
import styles from "./Choice.module.css";

export function Choices({ className, ...rest }: ComponentProps<"div">) {
  const classes = className ? `${styles.choices} ${className}` : styles.choices;
  return <div {...rest} className={classes} />;
}

interface ChoiceProps extends Omit<ComponentProps<"button">, "className"> {
  /** Whether it is chosen, where that can be said. */
  isChosen?: boolean;
  /** Whether it is one of a long list, in which all are equally high. */
  isShort?: boolean;
}

export function Choice({ isChosen, isShort = false, ...rest }: ChoiceProps) {
  const classes = isShort ? `${styles.choice} ${styles.short}` : styles.choice;
  return <button type="button" {...rest} className={classes} aria-pressed={isChosen} />;
}

export function ChoiceName({ children }: { children: ReactNode }) {
  return (
    <span className={styles.name} dir="auto">
      {children}
    </span>
  );
}

/** The colour in which a label is drawn. */
export function Swatch({ colour }: { colour: string }) {
  return <span className={styles.swatch} style={{ background: colour }} />;
}
