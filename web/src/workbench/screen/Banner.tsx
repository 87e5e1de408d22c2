/** What an annotator is to know of the task on the screen, above it for as long as it holds. */

import type { ReactNode } from "react";
import { Button } from "../../shared/Button";
import type { ReadyTask } from "../queue";
import styles from "./Banner.module.css";

export function Banner({ children, isNews = false }: { children: ReactNode; isNews?: boolean }) {
  return (
    <section className={isNews ? `${styles.banner} ${styles.news}` : styles.banner} role="alert">
      {children}
    </section>
  );
}

const LOST =
  "It is offered to others again. Your work is kept here; submit it, and it counts unless " +
  "somebody else has the task by then.";
const AWAY = "Your work is kept here. As soon as you go on, the task is asked for again.";

/** The lease has run out while nobody was there; whether the task is lost, the server says. */
export function RanOut({ task, leave }: { task: ReadyTask; leave: () => void }) {
  return (
    <Banner>
      <p>
        <strong>The time for this task ran out.</strong> {task.ranOut === "lost" ? LOST : AWAY}
      </p>
      {task.ranOut === "lost" && <Button onClick={leave}>Leave it, and keep the work</Button>}
    </Banner>
  );
}

export function Correcting({ leave }: { leave: () => void }) {
  return (
    <Banner isNews>
      <p>
        <strong>You are correcting an answer that you handed in.</strong> Until you submit, it
        stands as it was.
      </p>
      <Button onClick={leave}>
        Leave it as it is <kbd>⇧r</kbd>
      </Button>
    </Banner>
  );
}
