/** The whole screen of a signed-in annotator: bar above, task between, status line below. */

import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import * as api from "../../shared/api";
import type { Annotator } from "../../shared/api";
import { Workbench, leave } from "../workbench";
import { useOnlyTab } from "./only-tab";
import { EmptyQueue } from "./EmptyQueue";
import { SessionExpired } from "./SessionExpired";
import { AnswersDialog } from "./AnswersDialog";
import { KeyboardProvider, useKeys } from "../../shared/keyboard";
import { LessonScreen } from "./LessonScreen";
import { StatusLine } from "./StatusLine";
import { TaskScreen } from "./TaskScreen";
import { TopBar } from "./TopBar";
import { useClock } from "./use-clock";
import { Button } from "../../shared/Button";
import { Page } from "../../shared/Page";
import styles from "./WorkbenchScreen.module.css";

interface WorkbenchScreenProps {
  annotator: Annotator;
  changeAnnotator: (annotator: Annotator) => void;
  left: () => void;
}

export function WorkbenchScreen(props: WorkbenchScreenProps) {
  const tab = useOnlyTab();
  if (tab.isElsewhere) {
    return (
      <Page>
        <h1>The workbench is open in another tab</h1>
        <p>One tab at a time, so that no task is answered twice.</p>
        <Button kind="primary" onClick={tab.takeOver}>
          Work here instead
        </Button>
      </Page>
    );
  }
  return tab.isOurs ? <OpenWorkbench {...props} /> : <Page />;
}

function OpenWorkbench({ annotator, changeAnnotator, left }: WorkbenchScreenProps) {
  const clock = useClock();
  const workbench = useWorkbench(annotator, () => clock.isActive(performance.now()));
  if (!workbench) return <Page />;
  const signOut = () => void leave(workbench).then(left);
  const back = (who: Annotator) =>
    who.annotator_id === annotator.annotator_id ? workbench.retry() : changeAnnotator(who);
  return <Screen workbench={workbench} signOut={signOut} back={back} />;
}

function Screen(props: {
  workbench: Workbench;
  signOut: () => void;
  back: (who: Annotator) => void;
}) {
  const { workbench, signOut, back } = props;
  const state = useSyncExternalStore(workbench.subscribe, () => workbench.state);
  const [saved, setSaved] = useState<string | null>(null);
  useEffect(() => {
    if (!state.expired) return;
    // The link may have been opened in another tab meanwhile.
    const look = () => api.me().then(back, () => undefined);
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, [state.expired, back]);
  return (
    <KeyboardProvider>
      <div className={styles.screen} onMouseDown={keepFocus}>
        <TopBar annotator={workbench.annotator} state={state} signOut={signOut}>
          <WayBack workbench={workbench} kept={state.kept} />
        </TopBar>
        {state.expired && <SessionExpired back={back} />}
        {state.lessonFeedback ? (
          <LessonScreen
            key={state.lessonFeedback.task.assignment.assignment_id}
            lessonFeedback={state.lessonFeedback}
            goOn={workbench.goOn}
          />
        ) : state.current ? (
          <TaskScreen
            key={`${state.current.assignment.assignment_id} ${state.current.corrects ?? ""}`}
            workbench={workbench}
            task={state.current}
            saved={setSaved}
          />
        ) : (
          <EmptyQueue isEmpty={state.isEmpty} />
        )}
        <StatusLine state={state} saved={saved} />
      </div>
    </KeyboardProvider>
  );
}

/** The last answers: the one that was just given at once, others from a list. */
function WayBack({ workbench, kept }: { workbench: Workbench; kept: number }) {
  const [isOpen, setOpen] = useState(false);
  const back = useCallback(() => {
    if (workbench.state.current?.corrects !== undefined) workbench.leaveCorrection();
    else if (!workbench.takeBack()) setOpen(true);
  }, [workbench]);
  useKeys(
    useMemo(() => [{ key: "Shift+r", does: "Take back or reopen an answer", run: back }], [back]),
  );
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen(true)}>
        Answers{kept > 0 && ` (${kept} kept)`} <kbd>⇧r</kbd>
      </Button>
      {isOpen && <AnswersDialog workbench={workbench} close={() => setOpen(false)} />}
    </>
  );
}

/** A click on a button leaves the focus where it was, so that Enter still submits. */
function keepFocus(event: React.MouseEvent): void {
  const { target } = event;
  if (target instanceof Element && target.closest("button, summary")) event.preventDefault();
}

function useWorkbench(annotator: Annotator, isActive: () => boolean): Workbench | null {
  const [workbench, setWorkbench] = useState<Workbench | null>(null);
  useEffect(() => {
    const opened = new Workbench(annotator, isActive);
    setWorkbench(opened);
    void opened.start();
    return () => opened.stop();
  }, [annotator]);
  return workbench;
}
