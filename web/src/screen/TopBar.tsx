import type { Annotator } from "../api-types";
import type { BenchState } from "../bench";
import { duration } from "../duration";
import { Mark } from "./Mark";

interface TopBarProps {
  annotator: Annotator;
  state: BenchState;
  signOut: () => void;
}

const NAMES: Record<string, string> = {
  categorization: "Categorise",
  imageannotation: "Mark the image",
  namedentityrecognition: "Mark the text",
  textcollection: "Fill in",
  comparison: "Compare",
  transcription: "Transcribe",
};

export function TopBar({ annotator, state, signOut }: TopBarProps) {
  const type = state.current?.assignment.type;
  return (
    <header className="top-bar">
      <span className="brand">
        <Mark />
        Evenhand
      </span>
      <h1>
        {type ? (NAMES[type] ?? type) : "Workbench"}
        {state.current?.assignment.review && (
          <span className="chip" title="Your answer decides what others could not settle">
            Review
          </span>
        )}
      </h1>
      <dl className="progress">
        <div>
          <dt>Done</dt>
          <dd>{state.done}</dd>
        </div>
        <div title="Pauses are not counted">
          <dt>Active</dt>
          <dd>{duration(state.activeMs)}</dd>
        </div>
      </dl>
      <span className="who">{annotator.name || annotator.email}</span>
      <button type="button" className="button quiet" onClick={signOut}>
        Sign out
      </button>
    </header>
  );
}
