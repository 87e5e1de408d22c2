/** One task on the screen: its answer with undo, its drafts, its clock, its keys. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Workbench } from "../workbench";
import type { Clock } from "../clock";
import { useDraft } from "./use-draft";
import type { AnyEditor } from "../../editors/editor";
import { acted, type History, redone, started, undone } from "../history";
import type { Binding } from "../../shared/keys";
import { initialHistory, hasProposal } from "../proposal";
import type { ReadyTask } from "../queue";
import { Actions } from "./Actions";
import { Correcting, RanOut } from "./Banner";
import { DraftConflict } from "./DraftConflict";
import { ErrorBoundary } from "../../shared/ErrorBoundary";
import { Instruction } from "../../shared/Instruction";
import { KeysDialog } from "./KeysDialog";
import { useKeys, usePainted } from "../../shared/keyboard";
import { kindOf } from "../../shared/task-kind";
import { SkipDialog } from "./SkipDialog";
import { useClock } from "./use-clock";
import { Button } from "../../shared/Button";
import { Page } from "../../shared/Page";

// Whoever meets an answer that is filled in already needs so long to see it at all.
const LOOK_MS = 350;
const PROPOSED = "A proposed answer is filled in: Enter accepts it, z takes it away.";
const KEPT = "What you did of this task before it was lost is filled in. Undo takes it away.";

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
    task.saved
      ? started(task.saved.value, task.saved.past)
      : initialHistory(editor, task.assignment),
  );
  const value = history.present;
  const [first] = useState(value);
  const act = useCallback(
    (next: unknown, group?: string) => {
      // What was said about the answer before this step no longer holds.
      workbench.say(null);
      setHistory((before) => acted(before, next, { group: group ?? null, now: performance.now() }));
    },
    [workbench],
  );
  const draft = useDraft({ workbench, task, editor, history, saved });
  const isProposed = hasProposal(task.assignment) && !task.saved;
  useEffect(() => {
    if (isProposed) workbench.tell(PROPOSED);
    if (task.keptFrom) workbench.tell(KEPT);
  }, [workbench, isProposed, task.keptFrom]);

  const emptyOnce = useRef<unknown>(null);
  const paintedAt = usePainted();
  // Since when what would be handed in has been there to be seen, if nobody has changed it.
  const seenFrom = useRef(0);
  const submit = useCallback(() => {
    const now = performance.now();
    const isUntouched = value === first || emptyOnce.current === value;
    if (isUntouched && now - Math.max(paintedAt(), seenFrom.current) < LOOK_MS) return;
    if (draft.other) return workbench.say("Choose first which of the two drafts goes on.");
    const completed = editor.completed?.(params, value);
    if (completed) return act(completed);
    const problem = editor.problem(params, value);
    if (problem) return workbench.say(problem);
    // Nothing can be the right answer, but more often it is a key pressed once too often.
    if (editor.size(value) === 0 && emptyOnce.current !== value) {
      emptyOnce.current = value;
      seenFrom.current = now;
      return workbench.say("There is nothing in this answer. Submit again if that is right.");
    }
    workbench.submit(task, value, clock.active(performance.now()));
  }, [workbench, task, editor, params, value, first, act, clock, paintedAt, draft.other]);
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
  const choose = (isOther: boolean) => {
    if (!draft.other) return;
    const { value: theirs } = draft.other;
    // Whichever goes on, Undo brings the other one.
    setHistory((mine) =>
      isOther ? acted(mine, theirs) : acted(acted(mine, theirs), mine.present),
    );
    draft.resolved();
  };
  return (
    <>
      {draft.other && (
        <DraftConflict
          editor={editor}
          params={params}
          here={editor.response(params, value)}
          elsewhere={draft.other.response}
          choose={choose}
        />
      )}
      {task.ranOut && <RanOut task={task} leave={() => workbench.leaveLost(task)} />}
      {task.corrects !== undefined && <Correcting leave={workbench.leaveCorrection} />}
      <editor.View
        params={params}
        media={task.media}
        value={value}
        act={act}
        say={say}
        submit={submit}
        frame={frame}
      />
    </>
  );
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
