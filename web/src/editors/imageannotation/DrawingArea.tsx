import { type ReactNode, useEffect, useRef } from "react";
import styles from "./DrawingArea.module.css";

/** Around the picture: has the keyboard's focus, so that a screen reader lets keys through. */
export function DrawingArea({ isDrawing, children }: { isDrawing: boolean; children: ReactNode }) {
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isDrawing) area.current?.focus();
  }, [isDrawing]);
  return (
    <div
      ref={area}
      className={styles.area}
      role="application"
      aria-label="Drawing area"
      aria-description="c draws with the arrow keys, question mark lists all keys"
      tabIndex={0}
    >
      {children}
    </div>
  );
}
