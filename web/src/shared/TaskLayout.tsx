import type { ReactNode } from "react";

/** What the workbench puts around an editor: the instruction above, the actions below. */
export interface Frame {
  instruction: ReactNode;
  actions: ReactNode;
}

interface TaskLayoutProps {
  frame: Frame;
  /** What is looked at. */
  stage: ReactNode;
  /** What is answered. */
  panel: ReactNode;
}

/** The content on the left; instruction, answer and actions on the right. */
export function TaskLayout({ frame, stage, panel }: TaskLayoutProps) {
  return (
    <main className="desk">
      <div className="stage">{stage}</div>
      <aside className="side" aria-label="Your answer">
        <div className="side-scroll">
          {frame.instruction}
          {panel}
        </div>
        {frame.actions}
      </aside>
    </main>
  );
}
