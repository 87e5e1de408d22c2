import type { RefObject } from "react";
import type { Easel } from "./easel";
import type { Tool } from "./shapes";
import type { Drawing } from "./use-drawing";
import { TOOL_KEYS, TOOL_NAMES } from "./use-drawing-keys";

const HINTS: Record<Tool | "select", string> = {
  select: "Click a shape to choose it, drag to move it. Number keys name it.",
  box: "Drag to draw. Click a box to take it up, then drag its handles.",
  polygon: "Click corner by corner; click the first one, or Enter, to finish.",
  line: "Click corner by corner; double-click, or Enter, to finish.",
  point: "Click to set a point.",
};

interface ToolbarProps {
  tools: readonly Tool[];
  drawing: Drawing;
  easel: RefObject<Easel | null>;
}

export function Toolbar({ tools, drawing, easel }: ToolbarProps) {
  return (
    <div className="toolbar" role="toolbar" aria-label="Drawing">
      {(["select", ...tools] as const).map((tool) => (
        <button
          key={tool}
          type="button"
          className="button tool"
          aria-pressed={drawing.tool === tool}
          onClick={() => drawing.setTool(tool)}
        >
          {TOOL_NAMES[tool]} <kbd>{TOOL_KEYS[tool]}</kbd>
        </button>
      ))}
      <span className="hint">{drawing.isHidden ? "Shapes are hidden." : HINTS[drawing.tool]}</span>
      <button
        type="button"
        className="button tool"
        aria-pressed={drawing.isHidden}
        onClick={() => drawing.setHidden((hidden) => !hidden)}
      >
        Hide <kbd>h</kbd>
      </button>
      <button type="button" className="button tool" onClick={() => easel.current?.fit()}>
        Fit <kbd>f</kbd>
      </button>
    </div>
  );
}
