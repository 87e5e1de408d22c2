import { createContext, type ReactNode, useMemo, useRef } from "react";
import { PictureKeys } from "./PictureKeys";
import { useKeys } from "./keyboard";
import { scrollKeys } from "./scrolling";
import styles from "./TaskLayout.module.css";

/** What the workbench puts around an editor: the instruction above, the actions below. */
export interface Frame {
  /** Tasks that ask the same have the same kind; pictures of one kind are looked at alike. */
  kind: string;
  instruction: ReactNode;
  actions: ReactNode;
}

/** The kind of the task on the screen, for what is looked at inside of it. */
export const KindContext = createContext("");

interface TaskLayoutProps {
  frame: Frame;
  /** What is looked at. */
  content: ReactNode;
  /** What is answered. */
  panel: ReactNode;
}

/** The content on the left; instruction, answer and actions on the right. */
export function TaskLayout({ frame, content, panel }: TaskLayoutProps) {
  const looked = useRef<HTMLDivElement>(null);
  useKeys(useMemo(() => scrollKeys(() => looked.current), []));
  return (
    <KindContext value={frame.kind}>
      <PictureKeys />
      <main className={styles.layout}>
        <div className={styles.content} ref={looked}>
          {content}
        </div>
        <aside className={styles.side} aria-label="Your answer">
          <div className={styles.scroll}>
            {frame.instruction}
            {panel}
          </div>
          {frame.actions}
        </aside>
      </main>
    </KindContext>
  );
}
