/** After a lesson: the answer that was given and the one that was expected, on the same task. */

import { useCallback, useMemo, useState } from "react";
import type { LessonFeedback } from "../workbench";
import type { Binding } from "../../shared/keys";
import { ErrorBoundary } from "../../shared/ErrorBoundary";
import { Instruction } from "../../shared/Instruction";
import { KeysDialog } from "./KeysDialog";
import { useKeys, usePainted } from "../../shared/keyboard";
import { kindOf } from "../../shared/task-kind";
import { percent } from "./SkillBar";
import { TwoAnswers } from "./TwoAnswers";
import { Button } from "../../shared/Button";
import { Page } from "../../shared/Page";
import { ActionBar } from "./Actions";
import { Note } from "./Note";
import styles from "./LessonScreen.module.css";

interface LessonScreenProps {
  lessonFeedback: LessonFeedback;
  goOn: () => void;
}

// A second press of the Enter that handed the lesson in must not pass over what was expected.
const LOOK_MS = 350;
// What is shown was handed in already: it is looked at, and not changed.
const changeNothing = () => undefined;

export function LessonScreen({ lessonFeedback, goOn }: LessonScreenProps) {
  const { task, feedback } = lessonFeedback;
  const [isExpectedShown, setExpectedShown] = useState(true);
  const [isHelping, setHelping] = useState(false);
  const paintedAt = usePainted();
  const goOnSeen = useCallback(() => {
    if (performance.now() - paintedAt() > LOOK_MS) goOn();
  }, [goOn, paintedAt]);
  const toggle = useCallback(() => setExpectedShown((before) => !before), []);
  useKeys(
    useMemo(
      (): Binding[] => [
        { key: "Enter", does: "Go on", run: goOnSeen },
        { key: "x", does: "Show the other answer", run: toggle },
        { key: "?", does: "Show the keys", run: () => setHelping(true) },
      ],
      [goOnSeen, toggle],
    ),
  );
  const { editor } = task;
  const { params } = task.assignment;
  const value = useMemo(
    () => editor?.restore(params, isExpectedShown ? feedback.expected_response : feedback.response),
    [editor, params, feedback, isExpectedShown],
  );
  const frame = {
    kind: kindOf(task.assignment),
    instruction: (
      <>
        <Outcome score={feedback.score} isRight={feedback.is_right} />
        <div className={styles.answers} role="group" aria-label="Which answer is shown">
          <Button aria-pressed={!isExpectedShown} onClick={toggle}>
            Yours
          </Button>
          <Button aria-pressed={isExpectedShown} onClick={toggle}>
            Expected
          </Button>
          <kbd>x</kbd>
        </div>
        <TwoAnswers
          editor={editor}
          params={params}
          answers={{ Yours: feedback.response, Expected: feedback.expected_response }}
        />
        <Instruction text={feedback.instruction} />
      </>
    ),
    actions: (
      <ActionBar>
        <Button kind="primary" isLarge onClick={goOn}>
          Go on <kbd>Enter</kbd>
        </Button>
      </ActionBar>
    ),
  };
  const plain = (
    <Page>
      {frame.instruction}
      {frame.actions}
    </Page>
  );
  return (
    <>
      {editor ? (
        <ErrorBoundary fallback={() => plain}>
          <editor.View
            key={String(isExpectedShown)}
            params={params}
            media={task.media}
            value={value}
            act={changeNothing}
            say={changeNothing}
            submit={goOnSeen}
            frame={frame}
          />
        </ErrorBoundary>
      ) : (
        plain
      )}
      {isHelping && <KeysDialog close={() => setHelping(false)} />}
    </>
  );
}

function Outcome({ score, isRight }: { score: number; isRight: boolean }) {
  return (
    <Note isGood={isRight} isNews>
      <strong>{isRight ? "Right." : "Not what was expected."}</strong>{" "}
      {score > 0 && score < 1 && `Your answer is ${percent(score)} like the one expected.`}
    </Note>
  );
}
