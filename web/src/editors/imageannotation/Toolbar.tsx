import type { RefObject } from "react";
import type { AnnotationCanvas } from "./annotation-canvas";
import type { Size } from "./geometry";
import type { Tool } from "./shapes";
import type { Drawing } from "./use-drawing";
import { TOOL_KEYS, TOOL_NAMES } from "./use-drawing-keys";
import { Button } from "../../shared/Button";
import styles from "./Toolbar.module.css";

const HINTS: Record<Tool | "select", string> = {
  select: "Click a shape, drag to move it; number keys rename it.",
  box: "Drag to draw; click a box to adjust it.",
  polygon: "Click the corners; Enter finishes.",
  line: "Click the corners; Enter finishes.",
  point: "Click to set a point.",
};

interface ToolbarProps {
  tools: readonly Tool[];
  drawing: Drawing;
  canvas: RefObject<AnnotationCanvas | null>;
  size: Size;
}

export function Toolbar({ tools, drawing, canvas, size }: ToolbarProps) {
  return (
    <div className={styles.toolbar} role="toolbar" aria-label="Drawing">
      {(["select", ...tools] as const).map((tool) => (
        <Button
          key={tool}
          className={styles.tool}
          aria-pressed={drawing.tool === tool}
          onClick={() => drawing.setTool(tool)}
        >
          {TOOL_NAMES[tool]} <kbd>{TOOL_KEYS[tool]}</kbd>
        </Button>
      ))}
      <span className={styles.hint}>
        {drawing.isHidden ? "Shapes are hidden." : HINTS[drawing.tool]}
      </span>
      <span className={styles.size} title="The picture as it is seen, upright, in pixels">
        {size.width} × {size.height}
      </span>
      <Button
        className={styles.tool}
        aria-pressed={drawing.isHidden}
        onClick={() => drawing.setHidden((hidden) => !hidden)}
      >
        Hide <kbd>h</kbd>
      </Button>
      <Button className={styles.tool} onClick={() => canvas.current?.fit()}>
        Fit <kbd>f</kbd>
      </Button>
    </div>
  );
}
