/** Saves every change of the answer in hand; see `DraftKeeper`. */

import { useCallback, useEffect, useRef, useState } from "react";
import { DraftKeeper, type ServerDraft } from "../drafts";
import type { AnyEditor } from "../../editors/editor";
import type { History } from "../history";
import type { ReadyTask } from "../queue";
import type { Workbench } from "../workbench";

interface DraftOptions {
  workbench: Workbench;
  task: ReadyTask;
  editor: AnyEditor;
  history: History<unknown>;
  saved: (where: string | null) => void;
}

export interface DraftState {
  /** What another place saved while work went on here, until the person has chosen. */
  other: ServerDraft | null;
  resolved: () => void;
}

export function useDraft({ workbench, task, editor, history, saved }: DraftOptions): DraftState {
  // As it was opened: a longer lease or a picture that came late makes it another object, and a
  // keeper made anew would have forgotten the version of the draft.
  const [first] = useState(task);
  const [other, setOther] = useState(first.saved?.other ?? null);
  const keeper = useRef<DraftKeeper>(null);
  const savedValue = useRef(history.present);
  useEffect(() => {
    // The server keeps no draft of what was handed in.
    if (first.corrects !== undefined) return;
    const events = {
      saved: (where: string) => saved(where === "server" ? "Saved" : "Saved on this device"),
      conflict: setOther,
      refused: ({ message }: Error) =>
        workbench.say(`The server does not take this draft, which is kept here: ${message}`),
      lost: () => workbench.draftLost(),
      sessionExpired: workbench.expire,
    };
    const { annotator_id } = workbench.annotator;
    const opened = new DraftKeeper(annotator_id, first.assignment, editor, events, first.saved);
    keeper.current = opened;
    const flush = () => opened.flush();
    addEventListener("pagehide", flush);
    addEventListener("online", opened.retry);
    document.addEventListener("visibilitychange", flush);
    saved(null);
    return () => {
      removeEventListener("pagehide", flush);
      removeEventListener("online", opened.retry);
      document.removeEventListener("visibilitychange", flush);
      // What was typed last before a skip is there again when that is taken back.
      opened.flush();
      opened.close();
    };
  }, [workbench, first, editor, saved]);
  useEffect(() => {
    if (history.present === savedValue.current) return;
    savedValue.current = history.present;
    workbench.noteWork(first.assignment.assignment_id);
    keeper.current?.changed(history.present, history.past);
  }, [workbench, first, history]);
  const resolved = useCallback(() => {
    keeper.current?.resolved();
    setOther(null);
  }, []);
  return { other, resolved };
}
