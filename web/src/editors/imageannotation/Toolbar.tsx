import type { RefObject } from "react";
import type { AnnotationCanvas } from "./annotation-canvas";
import type { Size } from "../../shared/viewport";
import type { Tool } from "./shapes";
import type { Drawing } from "./use-drawing";
import type { Crosshair } from "./use-crosshair";
import { TOOL_KEYS, TOOL_NAMES } from "./use-drawing-keys";
import { Button } from "../../shared/Button";
import styles from "./Toolbar.module.css";

const HINTS: Record<Tool | "select", string> = {
  select: "Click a shape, drag to move it; number keys rename it.",
  box: "Drag to draw; with Ctrl, adjust what is there.",
  polygon: "Click the corners; Enter finishes.",
  line: "Click the corners; Enter finishes.",
  point: "Click to set a point.",
};

interface ToolbarProps {
  tools: readonly Tool[];
  drawing: Drawing;
  crosshair: Crosshair;
  canvas: RefObject<AnnotationCanvas | null>;
  size: Size;
}

export function Toolbar({ tools, drawing, crosshair, canvas, size }: ToolbarProps) {
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
      <span className={styles.hint}>{hint(drawing, crosshair)}</span>
      <span className={styles.size} title="The picture as it is seen, upright, in pixels">
        {size.width} × {size.height}
      </span>
      <Button
        className={styles.tool}
        aria-pressed={crosshair.at !== null}
        onClick={crosshair.at ? crosshair.leave : crosshair.enter}
      >
        Keys <kbd>c</kbd>
      </Button>
      <Button
        className={styles.tool}
        aria-pressed={drawing.isHidden}
        onClick={() => drawing.setHidden((hidden) => !hidden)}
      >
        Hide <kbd>h</kbd>
      </Button>
      <Button className={styles.tool} onClick={() => canvas.current?.camera.fit()}>
        Fit <kbd>f</kbd>
      </Button>
    </div>
  );
}

function hint(drawing: Drawing, crosshair: Crosshair): string {
  if (drawing.isHidden) return "Shapes are hidden.";
  if (drawing.corner !== null) return "Arrows move the corner; e takes the next one.";
  if (!crosshair.at) return HINTS[drawing.tool];
  return drawing.tool === "select" ? "Enter chooses the shape." : "Arrows move; Enter sets.";
}
