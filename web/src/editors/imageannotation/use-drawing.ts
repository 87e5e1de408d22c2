import { useCallback, useMemo, useState } from "react";
import type { ViewProps } from "../editor";
import { handles } from "./geometry";
import { cornersMax, FULL, LAST, SHAPES_MAX } from "./limits";
import {
  labelsOf,
  type Params,
  type Shape,
  shapeProblem,
  type Tool,
  toolsOf,
  type Value,
} from "./shapes";

// What was in hand when the last task ended; the next one goes on with it where it fits.
const remembered: { tool: Tool | null; labels: Partial<Record<Tool, string>> } = {
  tool: null,
  labels: {},
};

interface Chosen {
  id: string;
  /** Whether it was taken up to be worked on, so that labels name it, or was just drawn. */
  isTaken: boolean;
  /** Which of its handles the arrow keys move, if they do not move it as a whole. */
  corner: number | null;
}

export type Drawing = ReturnType<typeof useDrawing>;

/** Tool, label and chosen shape, and what can be done with them. */
export function useDrawing(props: ViewProps<Params, Value>) {
  const { value } = props;
  const choice = useChoice(value.shapes);
  const tools = useTools(props, choice.drop);
  const work = useWork(props, choice);
  const [isHidden, setHidden] = useState(false);
  return { ...choice, ...tools, ...work, isHidden, setHidden, pendingShape: value.pending };
}

type Choice = ReturnType<typeof useChoice>;

/** Which shape is chosen, and for what. */
function useChoice(shapes: readonly Shape[]) {
  const [given, setChosen] = useState<Chosen | null>(null);
  // An undo may have taken away what was chosen.
  const shape = given ? (shapes.find(({ id }) => id === given.id) ?? null) : null;
  const chosen = shape && given;
  const count = shape ? handles(shape).length : 0;
  const corner = chosen && chosen.corner !== null && chosen.corner < count ? chosen.corner : null;
  const select = useCallback(
    (id: string | null, isTaken = false) =>
      setChosen(id === null ? null : { id, isTaken, corner: null }),
    [],
  );
  /** Choose a shape to work on: labels and arrows now mean it, whatever tool is in hand. */
  const take = useCallback((id: string) => select(id, true), [select]);
  const drop = useCallback(() => setChosen(null), []);
  const takeCorner = useCallback(
    (corner: number | null) => setChosen((before) => before && { ...before, corner }),
    [],
  );
  return {
    chosenShape: shape,
    selected: shape?.id ?? null,
    isTaken: chosen?.isTaken ?? false,
    corner,
    select,
    take,
    drop,
    takeCorner,
  };
}

/** What is drawn next, and as what. */
function useTools({ params, value, act }: ViewProps<Params, Value>, drop: () => void) {
  const [first] = toolsOf(params) as [Tool];
  const [lastTool, setLastTool] = useState<Tool>(() =>
    remembered.tool && params.geometries[remembered.tool] ? remembered.tool : first,
  );
  const [isSelecting, setSelecting] = useState(false);
  const [armed, setArmed] = useState(() => ({ ...remembered.labels }));
  const label = useMemo(() => {
    const names = labelsOf(params, lastTool).map(({ name }) => name);
    const wanted = armed[lastTool];
    return wanted !== undefined && names.includes(wanted) ? wanted : (names[0] ?? "");
  }, [params, lastTool, armed]);
  const setTool = useCallback(
    (tool: Tool | "select") => {
      setSelecting(tool === "select");
      if (value.pending) act({ ...value, pending: null });
      if (tool === "select") return;
      remembered.tool = tool;
      setLastTool(tool);
      drop();
    },
    [value, act, drop],
  );
  const arm = useCallback(
    (name: string) => {
      remembered.labels[lastTool] = name;
      setArmed({ ...remembered.labels });
      if (value.pending) act({ ...value, pending: { ...value.pending, label: name } });
    },
    [lastTool, value, act],
  );
  const tool: Tool | "select" = isSelecting ? "select" : lastTool;
  return { tool, lastTool, label, setTool, arm };
}

/** Steps of the answer. What the customer or the server would not take is refused at once. */
function useWork(props: ViewProps<Params, Value>, { chosenShape, select, drop }: Choice) {
  const { params, value, act, say } = props;
  const change = useCallback(
    // Many small moves by key are one step, as a drag is.
    (shape: Shape, group?: string): boolean => {
      const before = value.shapes.find(({ id }) => id === shape.id);
      const problem = shapeProblem(params, shape);
      // What was wrong before, in a proposal say, must still be movable.
      if (problem && !(before && shapeProblem(params, before))) {
        say(problem);
        return false;
      }
      const shapes = value.shapes.map((one) => (one === before ? shape : one));
      act({ ...value, shapes }, group);
      return true;
    },
    [params, value, act, say],
  );
  const finish = useCallback(
    (shape: Shape): boolean => {
      const isFull = value.shapes.length >= SHAPES_MAX;
      const problem = isFull ? FULL : shapeProblem(params, shape);
      if (problem) {
        say(problem);
        return false;
      }
      act({ shapes: [...value.shapes, shape], pending: null });
      select(shape.id);
      if (value.shapes.length + 1 === SHAPES_MAX) say(LAST);
      return true;
    },
    [params, value, act, say, select],
  );
  const pend = useCallback(
    (pending: Shape | null) => {
      if (pending && value.shapes.length >= SHAPES_MAX) return say(FULL);
      const most = pending ? cornersMax(params, pending) : 0;
      if (pending && pending.points.length > most) {
        return say(`A ${pending.tool} may have at most ${most} corners; Enter finishes it.`);
      }
      act({ ...value, pending });
    },
    [params, value, act, say],
  );
  const remove = useCallback(() => {
    if (!chosenShape) return;
    act({ ...value, shapes: value.shapes.filter((one) => one !== chosenShape) });
    drop();
  }, [value, act, chosenShape, drop]);
  const nameShape = useCallback(
    (shape: Shape, name: string) => change({ ...shape, label: name }),
    [change],
  );
  return { change, finish, pend, remove, nameShape };
}
