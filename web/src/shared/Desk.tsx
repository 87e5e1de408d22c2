import type { ReactNode } from "react";
import type { Frame } from "../editors/editor";

interface DeskProps {
  frame: Frame;
  /** What is looked at. */
  stage: ReactNode;
  /** What is answered. */
  panel: ReactNode;
}

/** Where things lie: the matter on the left, instruction, answer and actions on the right. */
export function Desk({ frame, stage, panel }: DeskProps) {
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
