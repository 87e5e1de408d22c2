import { useCallback, useMemo, useState } from "react";
import type { ViewProps } from "../editor";
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

export type Drawing = ReturnType<typeof useDrawing>;

/** Tool, label and chosen shape, and what can be done with them. */
export function useDrawing({ params, value, act, say }: ViewProps<Params, Value>) {
  const [first] = toolsOf(params) as [Tool];
  const [lastTool, setLastTool] = useState<Tool>(() =>
    remembered.tool && params.geometries[remembered.tool] ? remembered.tool : first,
  );
  const [isSelecting, setSelecting] = useState(false);
  const [armed, setArmed] = useState(() => ({ ...remembered.labels }));
  const [selected, setSelected] = useState<string | null>(null);
  const [isHidden, setHidden] = useState(false);
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
      setSelected(null);
    },
    [value, act],
  );
  const arm = useCallback(
    (name: string) => {
      remembered.labels[lastTool] = name;
      setArmed({ ...remembered.labels });
      if (value.pending) act({ ...value, pending: { ...value.pending, label: name } });
    },
    [lastTool, value, act],
  );
  const change = useCallback(
    // Many small moves by key are one step, as a drag is.
    (shape: Shape, group?: string) => {
      const shapes = value.shapes.map((one) => (one.id === shape.id ? shape : one));
      act({ ...value, shapes }, group);
    },
    [value, act],
  );
  const finish = useCallback(
    (shape: Shape) => {
      const problem = shapeProblem(params, shape);
      if (problem) return say(problem);
      act({ shapes: [...value.shapes, shape], pending: null });
      setSelected(shape.id);
    },
    [params, value, act, say],
  );
  const pend = useCallback((pending: Shape | null) => act({ ...value, pending }), [value, act]);
  const remove = useCallback(() => {
    if (selected === null) return;
    act({ ...value, shapes: value.shapes.filter(({ id }) => id !== selected) });
    setSelected(null);
  }, [value, act, selected]);
  const nameShape = useCallback(
    (shape: Shape, name: string) => change({ ...shape, label: name }),
    [change],
  );
  /** Choose a shape to work on: labels and arrows now mean it. */
  const take = useCallback((id: string) => {
    setSelecting(true);
    setSelected(id);
  }, []);
  const tool: Tool | "select" = isSelecting ? "select" : lastTool;
  return {
    tool,
    lastTool,
    label,
    selected,
    isHidden,
    pendingShape: value.pending,
    setTool,
    arm,
    change,
    finish,
    pend,
    remove,
    nameShape,
    take,
    select: setSelected,
    setHidden,
  };
}
