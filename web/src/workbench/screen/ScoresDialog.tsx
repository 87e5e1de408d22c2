/** What is known of the annotator, and what they may contest. */

import { useCallback, useEffect, useState } from "react";
import * as api from "../../shared/api";
import { ApiError } from "../../shared/api";
import type { MissedAnswer, ProjectScore, Scores } from "../../shared/api";
import { isTextField } from "../../shared/keys";
import { typeName } from "../../editors/registry";
import { ContestForm } from "./ContestForm";
import { Dialog } from "../../shared/Dialog";
import { percent, SkillBar } from "./SkillBar";
import { Button } from "../../shared/Button";
import { Choice, ChoiceName, Choices } from "../../shared/Choice";
import { Note } from "./Note";
import styles from "./ScoresDialog.module.css";

export function ScoresDialog({ close }: { close: () => void }) {
  const [scores, setScores] = useState<Scores | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [looked, setLooked] = useState<MissedAnswer | null>(null);
  const load = useCallback(async () => {
    try {
      setScores(await api.scores());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    }
  }, []);
  useEffect(() => void load(), [load]);
  const back = useCallback(() => {
    setLooked(null);
    void load();
  }, [load]);
  return (
    <Dialog title={looked ? "An answer that was missed" : "Your scores"} close={close}>
      {problem && <p role="alert">{problem}</p>}
      {looked ? (
        <ContestForm missed={looked} back={back} />
      ) : (
        scores && <ScoreList scores={scores} look={setLooked} />
      )}
      {!looked && (
        <Button kind="primary" onClick={close} autoFocus>
          Close
        </Button>
      )}
    </Dialog>
  );
}

function ScoreList({ scores, look }: { scores: Scores; look: (missed: MissedAnswer) => void }) {
  const numbers = new Map(scores.projects.map(({ project }, index) => [project, index + 1]));
  const pressed = (event: KeyboardEvent) => {
    const chosen = scores.missed[Number(event.key) - 1];
    if (!chosen || isTextField(event.target)) return;
    event.preventDefault();
    look(chosen);
  };
  useDialogKeys(pressed);
  if (!scores.projects.length) {
    return <p>Nothing is known yet. Scores appear some days after you have begun.</p>;
  }
  return (
    <div className={styles.scores}>
      {scores.projects.map((project, index) => (
        <Project key={project.project} project={project} number={index + 1} />
      ))}
      {scores.missed.length > 0 && (
        <section aria-label="Answers that were missed">
          <h3>Answers that count against you</h3>
          <Choices className={styles.missed}>
            {scores.missed.map((missed, index) => (
              <Choice key={missed.assignment_id} onClick={() => look(missed)}>
                {index < 9 && <kbd>{index + 1}</kbd>}
                <ChoiceName>
                  {typeName(missed.type)} · project {numbers.get(missed.project) ?? "?"}
                  {missed.lesson && " · lesson"} · {day(missed.answered_at)}
                </ChoiceName>
                <span>{missed.contest ? STATES[missed.contest] : "Look and contest"}</span>
              </Choice>
            ))}
          </Choices>
        </section>
      )}
    </div>
  );
}

/** Keys of a dialog's own: the screen's keys rest while it is open. */
function useDialogKeys(pressed: (event: KeyboardEvent) => void): void {
  useEffect(() => {
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [pressed]);
}

function Project({ project, number }: { project: ProjectScore; number: number }) {
  return (
    <section className={styles.score} aria-label={`Project ${number}`}>
      <h3>
        Project {number} · {typeName(project.type)}
      </h3>
      {project.paused && (
        <div className={styles.paused}>
          <Note>
            <strong>Paused since {day(project.paused.since)}.</strong> {project.paused.reason}
          </Note>
        </div>
      )}
      <dl>
        <div>
          <dt>How often you are right</dt>
          <dd>{project.skill ? <SkillBar {...project.skill} /> : "Not known yet"}</dd>
        </div>
        <div>
          <dt>Tasks whose answer is known</dt>
          <dd>
            {project.gold_answers
              ? `Right on ${project.gold_right} of ${project.gold_answers}`
              : "None told yet"}
          </dd>
        </div>
        {project.training !== "none" && (
          <div>
            <dt>Training</dt>
            <dd>{training(project)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

const STATES = {
  open: "Contested: not decided yet",
  upheld: "Upheld: you were right",
  rejected: "Rejected",
} as const;

function training({ training, training_round, training_score }: ProjectScore): string {
  const score = training_score === null ? "" : `, ${percent(training_score)}`;
  if (training === "passed") return `Passed${score}`;
  if (training === "failed") return `Not passed${score}`;
  return `Under way, round ${training_round}${score && ` (before${score})`}`;
}

function day(moment: string): string {
  return new Date(moment).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}
