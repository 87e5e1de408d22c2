/** What is known of the annotator, and what they may contest. */

import { useCallback, useEffect, useState } from "react";
import * as api from "../api";
import { ApiError } from "../api";
import type { Missed, ProjectScore, Scores } from "../api-types";
import { isTextField } from "../keys";
import { typeName } from "../editors/registry";
import { ContestForm } from "./ContestForm";
import { Dialog } from "./Dialog";
import { percent, SkillBar } from "./SkillBar";

export function ScoresDialog({ close }: { close: () => void }) {
  const [scores, setScores] = useState<Scores | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [looked, setLooked] = useState<Missed | null>(null);
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
        <button type="button" className="button primary" onClick={close} autoFocus>
          Close
        </button>
      )}
    </Dialog>
  );
}

function ScoreList({ scores, look }: { scores: Scores; look: (missed: Missed) => void }) {
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
    <div className="scores">
      {scores.projects.map((project, index) => (
        <Project key={project.project} project={project} number={index + 1} />
      ))}
      {scores.missed.length > 0 && (
        <section aria-label="Answers that were missed">
          <h3>Answers that count against you</h3>
          <div className="choices">
            {scores.missed.map((missed, index) => (
              <button
                key={missed.assignment_id}
                type="button"
                className="choice"
                onClick={() => look(missed)}
              >
                {index < 9 && <kbd>{index + 1}</kbd>}
                <span className="choice-name">
                  {typeName(missed.type)} · project {numbers.get(missed.project) ?? "?"}
                  {missed.lesson && " · lesson"} · {day(missed.answered_at)}
                </span>
                <span>{missed.contest ? STATES[missed.contest] : "Look and contest"}</span>
              </button>
            ))}
          </div>
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
    <section className="score" aria-label={`Project ${number}`}>
      <h3>
        Project {number} · {typeName(project.type)}
      </h3>
      {project.paused && (
        <p className="outcome">
          <strong>Paused since {day(project.paused.since)}.</strong> {project.paused.reason}
        </p>
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
