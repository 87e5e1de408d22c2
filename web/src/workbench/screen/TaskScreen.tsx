/** One task on the screen: its answer with undo, its drafts, its clock, its keys. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Workbench } from "../workbench";
import type { Clock } from "../clock";
import { DraftKeeper } from "../drafts";
import type { AnyEditor } from "../../editors/editor";
import { acted, type History, redone, started, undone } from "../history";
import type { Binding } from "../../shared/keys";
import { initialHistory, hasProposal } from "../proposal";
import type { ReadyTask } from "../queue";
import { Actions } from "./Actions";
import { ErrorBoundary } from "../../shared/ErrorBoundary";
import { Instruction } from "../../shared/Instruction";
import { KeysDialog } from "./KeysDialog";
import { useKeys } from "../../shared/keyboard";
import { kindOf } from "../../shared/task-kind";
import { SkipDialog } from "./SkipDialog";
import { useClock } from "./use-clock";
import { Button } from "../../shared/Button";
import { Page } from "../../shared/Page";

const PROPOSED = "A proposed answer is filled in: Enter accepts it, z takes it away.";

interface TaskScreenProps {
  workbench: Workbench;
  task: ReadyTask;
  saved: (where: string | null) => void;
}

export function TaskScreen({ workbench, task, saved }: TaskScreenProps) {
  const clock = useClock();
  const [isSkipping, setSkipping] = useState(false);
  const [isHelping, setHelping] = useState(false);
  const skip = useCallback(() => setSkipping(true), []);
  const { editor } = task;
  return (
    <>
      {editor ? (
        <ErrorBoundary fallback={(message) => <TaskError why={message} skip={skip} />}>
          <Editing
            workbench={workbench}
            task={task}
            editor={editor}
            clock={clock}
            saved={saved}
            skip={skip}
            help={() => setHelping(true)}
          />
        </ErrorBoundary>
      ) : (
        <TaskError why={`Unknown task type “${task.assignment.type}”.`} skip={skip} />
      )}
      {isSkipping && (
        <SkipDialog
          close={() => setSkipping(false)}
          skip={(reason, comment) =>
            workbench.skip(task, reason, comment, clock.active(performance.now()))
          }
        />
      )}
      {isHelping && <KeysDialog close={() => setHelping(false)} />}
    </>
  );
}

function TaskError({ why, skip }: { why: string; skip: () => void }) {
  return (
    <Page>
      <h2>This task cannot be shown</h2>
      <p>{why}</p>
      <Button kind="primary" onClick={skip}>
        Skip it
      </Button>
    </Page>
  );
}

interface EditingProps extends TaskScreenProps {
  editor: AnyEditor;
  clock: Clock;
  skip: () => void;
  help: () => void;
}

function Editing({ workbench, task, editor, clock, saved, skip, help }: EditingProps) {
  const { params, instruction } = task.assignment;
  const [history, setHistory] = useState<History<unknown>>(() =>
    task.saved ? started(task.saved.value) : initialHistory(editor, task.assignment),
  );
  const value = history.present;
  const act = useCallback(
    (next: unknown, group?: string) => {
      // What was said about the answer before this step no longer holds.
      workbench.say(null);
      setHistory((before) => acted(before, next, { group: group ?? null, now: performance.now() }));
    },
    [workbench],
  );
  useDraft({ workbench, task, editor, value, act, saved });
  const isProposed = hasProposal(task.assignment) && !task.saved;
  useEffect(() => {
    if (isProposed) workbench.tell(PROPOSED);
  }, [workbench, isProposed]);

  const emptyOnce = useRef<unknown>(null);
  const submit = useCallback(() => {
    const completed = editor.completed?.(params, value);
    if (completed) return act(completed);
    const problem = editor.problem(params, value);
    if (problem) return workbench.say(problem);
    // Nothing can be the right answer, but more often it is a key pressed once too often.
    if (editor.size(value) === 0 && emptyOnce.current !== value) {
      emptyOnce.current = value;
      return workbench.say("There is nothing in this answer. Submit again if that is right.");
    }
    workbench.submit(task, value, clock.active(performance.now()));
  }, [workbench, task, editor, params, value, act, clock]);
  const undo = useCallback(() => setHistory(undone), []);
  const redo = useCallback(() => setHistory(redone), []);
  useKeys(useTaskKeys({ submit, undo, redo, skip, help }));

  const say = useCallback((message: string) => workbench.say(message), [workbench]);
  const kind = useMemo(() => kindOf(task.assignment), [task.assignment]);
  const frame = useMemo(
    () => ({
      kind,
      instruction: <Instruction text={instruction} />,
      actions: (
        <Actions
          submit={submit}
          skip={skip}
          undo={history.past.length ? undo : null}
          redo={history.future.length ? redo : null}
        />
      ),
    }),
    [kind, instruction, submit, skip, undo, redo, history.past.length, history.future.length],
  );
  return (
    <editor.View
      params={params}
      media={task.media}
      value={value}
      act={act}
      say={say}
      submit={submit}
      frame={frame}
    />
  );
}

interface DraftOptions extends TaskScreenProps {
  editor: AnyEditor;
  value: unknown;
  act: (value: unknown) => void;
}

/** Save every change of the value; see `DraftKeeper`. */
function useDraft({ workbench, task, editor, value, act, saved }: DraftOptions): void {
  // As it was opened: a longer lease or a picture that came late makes it another object, and a
  // keeper made anew would have forgotten the version of the draft.
  const [first] = useState(task);
  const keeper = useRef<DraftKeeper>(null);
  const savedValue = useRef(value);
  useEffect(() => {
    const events = {
      saved: (where: string) => saved(where === "server" ? "Saved" : "Saved on this device"),
      fuller: (theirs: unknown) => {
        act(theirs);
        workbench.tell("A fuller draft from elsewhere was taken over. Undo brings yours back.");
      },
      sessionExpired: workbench.expire,
    };
    const { annotator_id } = workbench.annotator;
    const version = first.saved?.version ?? 0;
    const opened = new DraftKeeper(annotator_id, first.assignment, editor, events, version);
    keeper.current = opened;
    const flush = () => opened.flush();
    addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", flush);
    saved(null);
    return () => {
      removeEventListener("pagehide", flush);
      document.removeEventListener("visibilitychange", flush);
      opened.close();
    };
  }, [workbench, first, editor, act, saved]);
  useEffect(() => {
    if (value === savedValue.current) return;
    savedValue.current = value;
    keeper.current?.changed(value);
  }, [value]);
}

interface TaskActions {
  submit: () => void;
  undo: () => void;
  redo: () => void;
  skip: () => void;
  help: () => void;
}

function useTaskKeys({ submit, undo, redo, skip, help }: TaskActions): readonly Binding[] {
  return useMemo(
    () => [
      { key: "Enter", does: "Submit", run: submit },
      { key: "Ctrl+Enter", does: "Submit from a text field", run: submit, inText: true },
      { key: "z", does: "Undo", run: undo, repeats: true },
      { key: "Ctrl+z", does: "Undo", run: undo, inText: true, repeats: true },
      { key: "Shift+z", does: "Redo", run: redo, repeats: true },
      {
        key: "Ctrl+Shift+z",
        does: "Redo",
        run: redo,
        inText: true,
        repeats: true,
      },
      { key: "s", does: "Skip, with a reason", run: skip },
      { key: "?", does: "Show the keys", run: help },
    ],
    [submit, undo, redo, skip, help],
  );
}
