import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { COLOURS } from "../../shared/labels";
import type { Media } from "../../shared/media";
import { TaskLayout } from "../../shared/TaskLayout";
import { AttachmentView, Missing } from "../../shared/AttachmentView";
import { useKeys } from "../../shared/keyboard";
import { Palette } from "../../shared/Palette";
import type { Size } from "../../shared/viewport";
import { AttributeFields } from "../AttributeFields";
import { unanswered } from "../attributes";
import type { ViewProps } from "../editor";
import { AnnotationCanvas, type AnnotationCanvasEvents, type Scene } from "./annotation-canvas";
import { Announcement } from "./Announcement";
import { DrawingArea } from "./DrawingArea";
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
import { type Crosshair, useCrosshair, useCrosshairKeys } from "./use-crosshair";
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
  const { params, value, frame, say, size } = props;
  const drawing = useDrawing(props);
  const { tool, label, selected, isHidden, corner, chosenShape } = drawing;
  const colourOf = useColours(params);
  const canvas = useRef<AnnotationCanvas>(null);
  const crosshair = useCrosshair({ drawing, canvas, say });
  const scene: Scene = {
    ...value,
    selected,
    tool,
    label,
    isHidden,
    corner,
    crosshair: crosshair.at,
    begun: crosshair.begun,
    colourOf,
  };
  const host = useCanvas(props, canvas, { scene, drawing, crosshair });

  // Labels name a shape that was chosen to be worked on; otherwise what is drawn next.
  const isBusy = value.pending !== null || crosshair.at !== null;
  const named = (tool === "select" || drawing.isTaken) && !isBusy ? chosenShape : null;
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
      canvas.current?.reveal(shape);
    },
    [drawing, canvas],
  );
  const tools = useMemo(() => toolsOf(params), [params]);
  const { shapes } = value;
  useKeys(useDrawingKeys({ drawing, crosshair, tools, shapes, picture: size, canvas, show }));
  useKeys(useCrosshairKeys(crosshair, canvas), "mode");
  return (
    <TaskLayout
      frame={frame}
      content={
        <>
          <Toolbar
            tools={tools}
            drawing={drawing}
            crosshair={crosshair}
            canvas={canvas}
            size={props.size}
          />
          <DrawingArea isDrawing={crosshair.at !== null}>
            <div
              ref={host}
              className={styles.canvas}
              role="img"
              aria-label={`The picture, with ${shapes.length} shapes drawn`}
            />
          </DrawingArea>
          <Announcement shapes={shapes} drawing={drawing} crosshair={crosshair} />
        </>
      }
      panel={
        <>
          <Palette
            title={named ? "Name the chosen shape" : "Draw next"}
            labels={labels}
            chosen={new Set([inForce])}
            pick={pick}
            colourOf={colourOf}
          />
          <AttributeFields
            params={params}
            mark={chosenShape ?? unanswered(params, shapes)}
            change={drawing.change}
            id={chosenShape?.id ?? ""}
          />
          <ShapeList shapes={shapes} selected={selected} colourOf={colourOf} show={show} />
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

interface Hands {
  scene: Scene;
  drawing: Drawing;
  crosshair: Crosshair;
}

/** The canvas in its place, always told of the newest scene and calling the newest actions. */
function useCanvas(
  { image, size: { width, height }, frame: { kind } }: DrawingProps,
  canvas: RefObject<AnnotationCanvas | null>,
  hands: Hands,
): RefObject<HTMLDivElement | null> {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(hands);
  latest.current = hands;
  useLayoutEffect(() => {
    if (!host.current) return;
    const events: AnnotationCanvasEvents = {
      drawn: (shape) => latest.current.drawing.finish(shape),
      pending: (shape) => latest.current.drawing.pend(shape),
      changed: (shape) => latest.current.drawing.change(shape),
      selected: (id, isTaken) => latest.current.drawing.select(id, isTaken),
      touched: () => latest.current.crosshair.leave(),
    };
    const { scene } = latest.current;
    const picture = { width, height };
    const opened = new AnnotationCanvas({
      host: host.current,
      image,
      picture,
      kind,
      scene,
      events,
    });
    canvas.current = opened;
    return () => opened.destroy();
    // One picture for the life of the screen: the task's.
  }, [image, width, height, kind, canvas]);
  useLayoutEffect(() => canvas.current?.show(hands.scene));
  return host;
}

/** The colour of each label, as the style sheet has it. */
function useColours(params: Params): (label: string) => string {
  const [colours] = useState(() => {
    const style = getComputedStyle(document.documentElement);
    const at = (index: number) => style.getPropertyValue(`--label-${index % COLOURS}`).trim();
    return new Map(allLabels(params).map((name, index) => [name, at(index)]));
  });
  return useCallback((label) => colours.get(label) ?? "#888", [colours]);
}
