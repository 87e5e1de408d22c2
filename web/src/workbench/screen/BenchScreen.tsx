/** The whole screen of a signed-in annotator: bar above, task between, status line below. */

import { useEffect, useState, useSyncExternalStore } from "react";
import * as api from "../../shared/api";
import type { Annotator } from "../../shared/api-types";
import { Bench, leave } from "../bench";
import { useOnlyTab } from "./only-tab";
import { EmptyQueue } from "./EmptyQueue";
import { Expired } from "./Expired";
import { KeyboardProvider } from "../../shared/keyboard";
import { LessonScreen } from "./LessonScreen";
import { StatusLine } from "./StatusLine";
import { TaskScreen } from "./TaskScreen";
import { TopBar } from "./TopBar";
import { useClock } from "./use-clock";

interface BenchScreenProps {
  annotator: Annotator;
  changeAnnotator: (annotator: Annotator) => void;
  left: () => void;
}

export function BenchScreen(props: BenchScreenProps) {
  const tab = useOnlyTab();
  if (tab.isElsewhere) {
    return (
      <main className="page">
        <h1>The workbench is open in another tab</h1>
        <p>One tab at a time, so that no task is answered twice.</p>
        <button type="button" className="button primary" onClick={tab.takeOver}>
          Work here instead
        </button>
      </main>
    );
  }
  return tab.isOurs ? <OpenBench {...props} /> : <main className="page" aria-busy="true" />;
}

function OpenBench({ annotator, changeAnnotator, left }: BenchScreenProps) {
  const signs = useClock();
  const bench = useBench(annotator, () => signs.isActive(performance.now()));
  if (!bench) return <main className="page" aria-busy="true" />;
  const signOut = () => void leave(bench).then(left);
  const back = (who: Annotator) =>
    who.annotator_id === annotator.annotator_id ? bench.retry() : changeAnnotator(who);
  return <Screen bench={bench} signOut={signOut} back={back} />;
}

function Screen(props: { bench: Bench; signOut: () => void; back: (who: Annotator) => void }) {
  const { bench, signOut, back } = props;
  const state = useSyncExternalStore(bench.subscribe, () => bench.state);
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
      <div className="bench" onMouseDown={keepFocus}>
        <TopBar annotator={bench.annotator} state={state} signOut={signOut} />
        {state.expired && <Expired back={back} />}
        {state.taught ? (
          <LessonScreen
            key={state.taught.task.assignment.assignment_id}
            taught={state.taught}
            goOn={bench.goOn}
          />
        ) : state.current ? (
          <TaskScreen
            key={state.current.assignment.assignment_id}
            bench={bench}
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

/** A click on a button leaves the focus where it was, so that Enter still submits. */
function keepFocus(event: React.MouseEvent): void {
  if (event.target instanceof Element && event.target.closest("button")) event.preventDefault();
}

function useBench(annotator: Annotator, isActive: () => boolean): Bench | null {
  const [bench, setBench] = useState<Bench | null>(null);
  useEffect(() => {
    const opened = new Bench(annotator, isActive);
    setBench(opened);
    opened.start().catch((error: unknown) => {
      opened.say(error instanceof Error ? error.message : "The tasks could not be fetched.");
      opened.retry();
    });
    return () => opened.stop();
  }, [annotator]);
  return bench;
}
