/** The last answers, to be corrected, and the work whose task was lost, to be saved. */

import { useCallback, useEffect, useState } from "react";
import { ApiError } from "../../shared/api";
import { Button } from "../../shared/Button";
import { Choice, ChoiceName, Choices } from "../../shared/Choice";
import { Dialog } from "../../shared/Dialog";
import { digitOf, isTextField } from "../../shared/keys";
import { responseLines } from "../../shared/response-lines";
import { typeName } from "../../editors/registry";
import type { Answered } from "../answered";
import type { KeptWork } from "../kept";
import type { Workbench } from "../workbench";
import styles from "./AnswersDialog.module.css";

interface AnswersDialogProps {
  workbench: Workbench;
  close: () => void;
}

export function AnswersDialog({ workbench, close }: AnswersDialogProps) {
  const [answers] = useState(workbench.answers);
  const [problem, setProblem] = useState<string | null>(null);
  const reopen = useCallback(
    (answered: Answered) => {
      workbench.reopen(answered).then(close, (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        setProblem(error.message);
      });
    },
    [workbench, close],
  );
  useEffect(() => {
    // The screen's keys rest while a dialog is open.
    const pressed = (event: KeyboardEvent) => {
      const chosen = answers[((digitOf(event) ?? 0) + 9) % 10];
      if (digitOf(event) === null || !chosen || isTextField(event.target) || event.repeat) return;
      event.preventDefault();
      reopen(chosen);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [answers, reopen]);
  return (
    <Dialog title="Your last answers" close={close}>
      <p role="alert">{problem}</p>
      <div className={styles.lists}>
        {answers.length ? (
          <Choices>
            {answers.map((answered, index) => (
              <Choice key={answered.assignment_id} onClick={() => reopen(answered)}>
                <kbd>{(index + 1) % 10}</kbd>
                <ChoiceName>
                  {typeName(answered.type)} ·{" "}
                  {answered.isSkip ? "skipped" : answered.words || "(nothing)"}
                </ChoiceName>
                <span>{time(answered.at)}</span>
              </Choice>
            ))}
          </Choices>
        ) : (
          <p>Nothing was handed in here yet.</p>
        )}
        {workbench.keptWork.length > 0 && (
          <section aria-label="Work that is kept">
            <h3>Kept: its task was lost</h3>
            {workbench.keptWork.map((work) => (
              <Kept key={work.assignment_id} work={work} workbench={workbench} close={close} />
            ))}
          </section>
        )}
      </div>
      <Button kind="primary" onClick={close}>
        Close
      </Button>
    </Dialog>
  );
}

interface KeptProps extends AnswersDialogProps {
  work: KeptWork;
}

function Kept({ work, workbench, close }: KeptProps) {
  const handIn = () => {
    workbench.handInKept(work);
    close();
  };
  const throwAway = () => {
    workbench.throwAway(work);
    close();
  };
  return (
    <div className={styles.kept}>
      <p>
        {typeName(work.type)} · {time(work.at)} · {work.why}
      </p>
      <p dir="auto">{responseLines(work.response).slice(0, LINES_MAX).join("; ")}</p>
      <div className={styles.actions}>
        <Button onClick={handIn}>Try to hand it in</Button>
        <Button onClick={() => download(work)}>Download</Button>
        <Button onClick={throwAway}>Throw away</Button>
      </div>
    </div>
  );
}

const LINES_MAX = 6;

function time(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

/** The answer as a file: what becomes of the work is then for the annotator and their lead. */
function download({ type, response, at, why }: KeptWork): void {
  const content = JSON.stringify({ type, response, at: new Date(at).toISOString(), why }, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = `evenhand-${type}-${at}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}
