import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { COLOURS } from "../../shared/labels";
import type { Media } from "../../shared/media";
import { TaskLayout } from "../../shared/TaskLayout";
import { AttachmentView, Missing } from "../../shared/AttachmentView";
import { useKeys } from "../../shared/keyboard";
import { Palette } from "../../shared/Palette";
import type { ViewProps } from "../editor";
import { AnnotationCanvas, type Scene } from "./annotation-canvas";
import type { Size } from "./geometry";
import { ShapeList } from "./ShapeList";
import {
  allLabels,
  contextAttachments,
  labelsOf,
  type Params,
  type Shape,
  toolsOf,
  type Value,
} from "./shapes";
import { Toolbar } from "./Toolbar";
import { type Drawing, useDrawing } from "./use-drawing";
import { useDrawingKeys } from "./use-drawing-keys";
import styles from "./View.module.css";

export function View(props: ViewProps<Params, Value>) {
  const { params, media, frame } = props;
  const image = media.images.get(params.attachment);
  if (!image) return <TaskLayout frame={frame} content={<Missing />} panel={null} />;
  const size = { width: image.naturalWidth, height: image.naturalHeight };
  return (
    <ImageDrawing {...props} image={media.bitmaps.get(params.attachment) ?? image} size={size} />
  );
}

interface DrawingProps extends ViewProps<Params, Value> {
  image: CanvasImageSource;
  size: Size;
}

function ImageDrawing(props: DrawingProps) {
  const { params, value, frame } = props;
  const drawing = useDrawing(props);
  const { tool, label, selected, isHidden } = drawing;
  const colours = useColours(params);
  const scene: Scene = {
    ...value,
    selected,
    tool,
    label,
    isHidden,
    colourOf: (name) => colours.get(name) ?? "#888",
  };
  const { host, canvas } = useCanvas(props, scene, drawing);

  const chosenShape = value.shapes.find(({ id }) => id === selected);
  // With the pointer tool the labels name the chosen shape; otherwise what is drawn next.
  const named = tool === "select" ? chosenShape : undefined;
  const labelTool = named?.tool ?? (tool === "select" ? drawing.lastTool : tool);
  const labels = useMemo(() => labelsOf(params, labelTool), [params, labelTool]);
  const inForce = labels.findIndex(({ name }) => name === (named?.label ?? label));
  const { nameShape, arm } = drawing;
  const pick = useCallback(
    (index: number) => {
      const name = labels[index]?.name;
      if (name !== undefined) named ? nameShape(named, name) : arm(name);
    },
    [labels, named, nameShape, arm],
  );
  const show = useCallback(
    (shape: Shape) => {
      drawing.take(shape.id);
      canvas.current?.centre(shape);
    },
    [drawing, canvas],
  );
  const tools = useMemo(() => toolsOf(params), [params]);
  useKeys(useDrawingKeys({ drawing, tools, shapes: value.shapes, canvas, show }));
  return (
    <TaskLayout
      frame={frame}
      content={
        <>
          <Toolbar tools={tools} drawing={drawing} canvas={canvas} size={props.size} />
          <div
            ref={host}
            className={styles.canvas}
            role="img"
            aria-label={`The picture, with ${value.shapes.length} shapes drawn`}
          />
        </>
      }
      panel={
        <>
          <Palette
            title={named ? "Name the chosen shape" : "Draw next"}
            labels={labels}
            chosen={new Set([inForce])}
            pick={pick}
            colourOf={scene.colourOf}
          />
          <ShapeList
            shapes={value.shapes}
            selected={selected}
            colourOf={scene.colourOf}
            show={show}
          />
          <Context params={params} media={props.media} />
        </>
      }
    />
  );
}

function Context({ params, media }: { params: Params; media: Media }) {
  const shown = contextAttachments(params);
  if (!shown.length) return null;
  return (
    <section className={styles.context} aria-label="Context">
      <h2>To look at beside it</h2>
      {shown.map((attachment, index) => (
        <AttachmentView
          key={attachment.source}
          attachment={attachment}
          media={media}
          name={`Context ${index + 1}`}
        />
      ))}
    </section>
  );
}

/** The canvas in its place, always told of the newest scene and calling the newest actions. */
function useCanvas({ image, size }: DrawingProps, scene: Scene, drawing: Drawing) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<AnnotationCanvas>(null);
  const latest = useRef({ scene, drawing });
  latest.current = { scene, drawing };
  useEffect(() => {
    if (!host.current) return;
    const opened = new AnnotationCanvas(host.current, image, size, latest.current.scene, {
      drawn: (shape) => latest.current.drawing.finish(shape),
      pending: (shape) => latest.current.drawing.pend(shape),
      changed: (shape) => latest.current.drawing.change(shape),
      selected: (id) => latest.current.drawing.select(id),
    });
    canvas.current = opened;
    return () => opened.destroy();
    // One picture for the life of the screen: the task's.
  }, [image, size.width, size.height]);
  useEffect(() => canvas.current?.show(scene));
  return { host, canvas };
}

/** The colour of each label, as the style sheet has it. */
function useColours(params: Params): ReadonlyMap<string, string> {
  const [colours] = useState(() => {
    const style = getComputedStyle(document.documentElement);
    const at = (index: number) => style.getPropertyValue(`--label-${index % COLOURS}`).trim();
    return new Map(allLabels(params).map((name, index) => [name, at(index)]));
  });
  return colours;
}
