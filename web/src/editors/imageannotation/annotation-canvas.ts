/** The picture with its shapes on a screen: what is painted, and who moves it. No React. */

import type { Point, Size } from "../../shared/viewport";
import { Camera } from "./camera";
import { boundsOf, clamped, ordered, shapeAt, snapped } from "./geometry";
import { Hand } from "./hand";
import { Layers, type Layer, paintPicture } from "./layers";
import {
  cleared,
  paintActive,
  paintGuides,
  paintHandles,
  paintPending,
  paintShapes,
} from "./paint";
import type { Shape, Tool } from "./shapes";

export interface Scene {
  shapes: readonly Shape[];
  pending: Shape | null;
  selected: string | null;
  tool: Tool | "select";
  label: string;
  isHidden: boolean;
  /** The handle of the selected shape that the arrow keys move. */
  corner: number | null;
  /** Where the keys draw, and where the box began that they are drawing. */
  crosshair: Point | null;
  begun: Point | null;
  colourOf: (label: string) => string;
}

export interface AnnotationCanvasEvents {
  drawn: (shape: Shape) => void;
  pending: (shape: Shape | null) => void;
  changed: (shape: Shape) => void;
  /** Taken: chosen to be worked on, so that labels name it. */
  selected: (id: string | null, isTaken: boolean) => void;
  /** The pointer was pressed. */
  touched: () => void;
}

interface AnnotationCanvasOptions {
  host: HTMLElement;
  image: CanvasImageSource;
  picture: Size;
  /** Tasks of one kind are looked at alike. */
  kind: string;
  scene: Scene;
  events: AnnotationCanvasEvents;
}

// What a key moves the picture by, in shares of the screen.
const PAN_SHARE = 0.15;

export class AnnotationCanvas {
  readonly camera: Camera;
  private readonly host: HTMLElement;
  private readonly image: CanvasImageSource;
  private readonly picture: Size;
  private readonly layers: Layers;
  private readonly observer: ResizeObserver;
  private readonly hand: Hand;
  private readonly gone = new AbortController();
  private scene: Scene;

  constructor({ host, image, picture, kind, scene, events }: AnnotationCanvasOptions) {
    this.host = host;
    this.image = image;
    this.picture = picture;
    this.scene = scene;
    this.layers = new Layers(host, (layer) => this.paint(layer));
    const repaint = (...layers: readonly Layer[]) => this.layers.invalidate(...layers);
    this.camera = new Camera(picture, kind, () => repaint("picture", "shapes", "active"));
    const table = { host, picture, camera: this.camera, events, repaint, scene: () => this.scene };
    this.hand = new Hand(table, this.gone.signal);
    this.observer = new ResizeObserver(() => {
      if (this.resized()) this.layers.paintAll();
    });
    this.observer.observe(host);
    // Painted with the frame in which it is put in place, once.
    this.resized();
    repaint("picture", "shapes", "active");
  }

  show(scene: Scene): void {
    const before = this.scene;
    this.scene = scene;
    // The page is drawn anew for many reasons that do not concern the picture.
    const isOther = (...names: readonly (keyof Scene)[]) =>
      names.some((name) => before[name] !== scene[name]);
    if (isOther("shapes", "selected", "isHidden", "colourOf")) this.layers.invalidate("shapes");
    this.layers.invalidate("active");
    this.hand.setCursor();
  }

  reveal(shape: Shape): void {
    this.camera.reveal(boundsOf(shape.points));
  }

  /** Move the picture by a part of the screen: -1, 0 or 1 each way. */
  step({ x, y }: Point): void {
    const { width, height } = this.layers.screen;
    this.camera.pan({ x: -x * PAN_SHARE * width, y: -y * PAN_SHARE * height });
  }

  /** A place on the picture, as precise as places on it are. */
  onPicture(point: Point): Point {
    return snapped(clamped(point, this.picture), this.picture);
  }

  /** Where drawing by keys begins: under the pointer, or else in the middle of what is seen. */
  get start(): Point {
    const { width, height } = this.layers.screen;
    const { view } = this.camera;
    const middle = { x: (width / 2 - view.x) / view.scale, y: (height / 2 - view.y) / view.scale };
    return this.onPicture(this.hand.pointer ?? middle);
  }

  /** How far a tenth of the screen is on the picture. */
  get stride(): number {
    const { width, height } = this.layers.screen;
    return Math.max(1, Math.round(Math.min(width, height) / 10 / this.camera.view.scale));
  }

  /** The shape under a place of the picture. */
  shapeUnder(at: Point): Shape | null {
    return shapeAt(this.scene.shapes, at, 4 / this.camera.view.scale);
  }

  destroy(): void {
    this.gone.abort();
    this.observer.disconnect();
    this.layers.destroy();
  }

  private resized(): boolean {
    const { clientWidth: width, clientHeight: height } = this.host;
    this.camera.resize({ width, height });
    return this.layers.resize({ width, height });
  }

  private paint(layer: Layer): void {
    const { scene, hand } = this;
    const brush = this.layers.brush(layer, this.camera.view, scene.colourOf);
    cleared(brush);
    if (layer === "picture") return paintPicture(brush, this.image, this.picture);
    if (scene.isHidden) return;
    const inHand = hand.live?.id ?? scene.selected;
    if (layer === "shapes") {
      return paintShapes(
        brush,
        inHand ? scene.shapes.filter(({ id }) => id !== inHand) : scene.shapes,
      );
    }
    const selected = hand.live ?? scene.shapes.find(({ id }) => id === scene.selected);
    if (selected) {
      paintActive(brush, selected);
      // Handles are there to be taken hold of: only while a press would do that.
      const isHeld = scene.tool === "select" || hand.isReaching || scene.corner !== null;
      if (isHeld && !hand.isDrawingBox) paintHandles(brush, selected, scene.corner);
    }
    this.paintDrawing(scene.crosshair ?? hand.pointer);
  }

  /** What is being drawn, up to the pointer or the crosshair. */
  private paintDrawing(to: Point | null): void {
    const { scene, hand } = this;
    const brush = this.layers.brush("active", this.camera.view, scene.colourOf);
    if (scene.begun && to) {
      const points = ordered(scene.begun, to);
      paintActive(brush, { id: "", tool: "box", label: scene.label, points });
    }
    if (scene.pending) paintPending(brush, scene.pending, to);
    const draws = scene.tool === "box" && !hand.isDragging && !hand.isReaching;
    if (to && (scene.crosshair || draws)) paintGuides(brush, to);
  }
}
