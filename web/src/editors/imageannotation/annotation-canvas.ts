/** The picture with its shapes: what the pointer does on it, and what is painted. No React. */

import { uuid } from "../../shared/uuid";
import {
  around,
  fitted,
  panned,
  type Point,
  type Size,
  toPicture,
  toScreen,
  type Viewport,
  zoomed,
} from "../../shared/viewport";
import {
  boundsOf,
  clamped,
  distance,
  edgeAt,
  handles,
  moved,
  ordered,
  reshaped,
  shapeAt,
  snapped,
} from "./geometry";
import { Layers, type Layer, paintPicture } from "./layers";
import { cleared, paintGuides, paintActive, paintPending, paintShapes } from "./paint";
import { Pinch } from "./pinch";
import type { Shape, Tool } from "./shapes";
import { VERTICES_LEAST } from "./shapes";

export interface Scene {
  shapes: readonly Shape[];
  pending: Shape | null;
  selected: string | null;
  tool: Tool | "select";
  label: string;
  isHidden: boolean;
  colourOf: (label: string) => string;
}

export interface AnnotationCanvasEvents {
  drawn: (shape: Shape) => void;
  pending: (shape: Shape | null) => void;
  changed: (shape: Shape) => void;
  selected: (id: string | null) => void;
}

type Drag =
  | { kind: "pan"; last: Point }
  | { kind: "box"; from: Point; start: Point }
  | { kind: "move"; shape: Shape; from: Point }
  | { kind: "handle"; shape: Shape; handle: number };

const REACH = 8;
const REACH_TOUCH = 18;
const CLICK_PX = 4;
const DOUBLE_CLICK_MS = 400;

export class AnnotationCanvas {
  private view: Viewport = { scale: 1, x: 0, y: 0 };
  private readonly layers: Layers;
  private readonly observer: ResizeObserver;
  private readonly pinch = new Pinch();
  private readonly gone = new AbortController();
  private drag: Drag | null = null;
  /** The shape as the drag would leave it. */
  private live: Shape | null = null;
  private pointer: Point | null = null;
  private isPanKey = false;
  private lastClick = { at: { x: 0, y: 0 }, time: 0 };

  constructor(
    private readonly host: HTMLElement,
    private readonly image: CanvasImageSource,
    private readonly picture: Size,
    private scene: Scene,
    private readonly events: AnnotationCanvasEvents,
  ) {
    this.layers = new Layers(host, (layer) => this.paint(layer));
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(host);
    this.listen();
    this.resized();
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.layers.invalidate("shapes", "active");
    this.setCursor();
  }

  fit(): void {
    this.look(fitted(this.picture, this.layers.screen));
  }

  zoom(factor: number): void {
    const { width, height } = this.layers.screen;
    this.zoomAt(factor, { x: width / 2, y: height / 2 });
  }

  /** Bring a shape into the middle and near. */
  centre(shape: Shape): void {
    const near = around(boundsOf(shape.points), this.layers.screen);
    // Not so near that its surroundings are lost, unless it is looked at from nearer already.
    const most = Math.max(this.view.scale, fitted(this.picture, this.layers.screen).scale * 6);
    const { width, height } = this.layers.screen;
    const middle = { x: width / 2, y: height / 2 };
    this.look(near.scale > most ? zoomed(near, most / near.scale, middle, 0) : near);
  }

  /** The shape a little further, but on the picture. */
  nudged(shape: Shape, by: Point): Shape {
    return { ...shape, points: moved(shape.points, by, this.picture) };
  }

  destroy(): void {
    this.gone.abort();
    this.observer.disconnect();
    this.layers.destroy();
  }

  // Looking.

  private resized(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    const isFirst = this.layers.screen.width === 0;
    if (isFirst) this.view = fitted(this.picture, { width, height });
    this.layers.resize({ width, height });
  }

  private look(view: Viewport): void {
    this.view = view;
    this.layers.invalidate("picture", "shapes", "active");
  }

  private zoomAt(factor: number, at: Point): void {
    const least = Math.min(fitted(this.picture, this.layers.screen).scale * 0.5, 1);
    this.look(zoomed(this.view, factor, at, least));
  }

  private panBy(by: Point): void {
    this.look(panned(this.view, by, this.picture, this.layers.screen));
  }

  private paint(layer: Layer): void {
    const { scene, live } = this;
    const brush = this.layers.brush(layer, this.view, scene.colourOf);
    cleared(brush);
    if (layer === "picture") return paintPicture(brush, this.image, this.picture);
    if (scene.isHidden) return;
    const inHand = live?.id ?? scene.selected;
    if (layer === "shapes") {
      return paintShapes(
        brush,
        inHand ? scene.shapes.filter(({ id }) => id !== inHand) : scene.shapes,
      );
    }
    const selected = live ?? scene.shapes.find(({ id }) => id === scene.selected);
    if (selected) paintActive(brush, selected, this.drag?.kind !== "box");
    if (scene.pending) paintPending(brush, scene.pending, this.pointer);
    const draws = scene.tool !== "select" && !this.drag;
    if (draws && scene.tool === "box" && this.pointer) paintGuides(brush, this.pointer);
  }

  // The pointer.

  private listen(): void {
    const { signal } = this.gone;
    const on = <K extends keyof HTMLElementEventMap>(
      kind: K,
      does: (event: HTMLElementEventMap[K]) => void,
      options: AddEventListenerOptions = {},
    ) => this.host.addEventListener(kind, does, { signal, ...options });
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.cancel(event));
    on("pointerleave", () => this.leave());
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("contextmenu", (event) => this.back(event));
    addEventListener("keydown", (event) => this.panKey(event, true), { signal });
    addEventListener("keyup", (event) => this.panKey(event, false), { signal });
  }

  private place(event: MouseEvent): Point {
    const { left, top } = this.host.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private onPicture(event: MouseEvent): Point {
    return snapped(clamped(toPicture(this.view, this.place(event)), this.picture), this.picture);
  }

  private reach(event: PointerEvent): number {
    return (event.pointerType === "touch" ? REACH_TOUCH : REACH) / this.view.scale;
  }

  private down(event: PointerEvent): void {
    this.host.setPointerCapture(event.pointerId);
    const at = this.place(event);
    if (event.pointerType === "touch" && this.pinch.down(event.pointerId, at)) {
      this.drop();
      return;
    }
    if (event.button === 1 || (event.button === 0 && this.isPanKey)) {
      event.preventDefault();
      this.drag = { kind: "pan", last: at };
    } else if (event.button === 0 && !this.scene.isHidden) {
      this.press(event, at);
    }
    this.setCursor();
  }

  private press(event: PointerEvent, at: Point): void {
    if (this.scene.pending) return this.addCorner(event, this.scene.pending);
    if (this.takeHandle(event)) return;
    const on = this.onPicture(event);
    switch (this.scene.tool) {
      case "select":
        return this.pressSelect(event, at);
      case "box":
        this.drag = { kind: "box", from: on, start: at };
        return;
      case "point":
        return this.events.drawn(this.fresh("point", [on]));
      default:
        this.noteClick(at);
        return this.events.pending(this.fresh(this.scene.tool, [on]));
    }
  }

  private pressSelect(event: PointerEvent, at: Point): void {
    const from = toPicture(this.view, at);
    const hit = shapeAt(this.scene.shapes, from, this.reach(event));
    this.events.selected(hit?.id ?? null);
    this.drag = hit ? { kind: "move", shape: hit, from } : { kind: "pan", last: at };
  }

  /** Take hold of the selected shape at a handle; at an edge, a new corner comes with it. */
  private takeHandle(event: PointerEvent): boolean {
    const shape = this.scene.shapes.find(({ id }) => id === this.scene.selected);
    if (!shape) return false;
    const at = toPicture(this.view, this.place(event));
    const reach = this.reach(event);
    const handle = handles(shape).findIndex((one) => distance(one, at) <= reach);
    if (handle >= 0 && event.altKey) {
      this.removeCorner(shape, handle);
      return true;
    }
    if (handle >= 0) {
      this.drag = { kind: "handle", shape, handle };
      return true;
    }
    const mayGrow = shape.tool === "polygon" || shape.tool === "line";
    const place = mayGrow && this.scene.tool === "select" ? edgeAt(shape, at, reach / 2) : null;
    if (place === null) return false;
    const grown = { ...shape, points: shape.points.toSpliced(place, 0, this.onPicture(event)) };
    this.drag = { kind: "handle", shape: grown, handle: place };
    this.live = grown;
    return true;
  }

  private removeCorner(shape: Shape, corner: number): void {
    if (shape.tool === "box" || shape.points.length <= VERTICES_LEAST[shape.tool]) return;
    this.events.changed({ ...shape, points: shape.points.toSpliced(corner, 1) });
  }

  private addCorner(event: PointerEvent, pending: Shape): void {
    const at = this.place(event);
    const first = toScreen(this.view, pending.points[0] as Point);
    const enough = pending.points.length >= VERTICES_LEAST[pending.tool];
    const reach = this.reach(event) * this.view.scale;
    const closes = pending.tool === "polygon" && distance(first, at) <= reach;
    const isDouble =
      event.timeStamp - this.lastClick.time < DOUBLE_CLICK_MS &&
      distance(this.lastClick.at, at) <= CLICK_PX;
    this.noteClick(at, event.timeStamp);
    if (enough && (closes || isDouble)) return this.events.drawn(pending);
    if (isDouble) return;
    this.events.pending({ ...pending, points: [...pending.points, this.onPicture(event)] });
  }

  private noteClick(at: Point, time = performance.now()): void {
    this.lastClick = { at, time };
  }

  private fresh(tool: Tool, points: readonly Point[]): Shape {
    return { id: uuid(), tool, label: this.scene.label, points };
  }

  private move(event: PointerEvent): void {
    const at = this.place(event);
    const pinched = event.pointerType === "touch" ? this.pinch.move(event.pointerId, at) : null;
    if (pinched) {
      this.view = panned(this.view, pinched.by, this.picture, this.layers.screen);
      this.zoomAt(pinched.factor, pinched.middle);
      return;
    }
    this.pointer = this.onPicture(event);
    if (this.drag) this.dragTo(at, event);
    else if (this.scene.pending || this.scene.tool === "box") this.layers.invalidate("active");
  }

  private dragTo(at: Point, event: PointerEvent): void {
    const { drag } = this;
    const wasLive = this.live !== null;
    switch (drag?.kind) {
      case "pan":
        this.panBy({ x: at.x - drag.last.x, y: at.y - drag.last.y });
        this.drag = { kind: "pan", last: at };
        return;
      case "box":
        this.live ??= this.fresh("box", []);
        this.live = { ...this.live, points: ordered(drag.from, this.onPicture(event)) };
        break;
      case "move": {
        const to = toPicture(this.view, at);
        const by = snapped({ x: to.x - drag.from.x, y: to.y - drag.from.y }, this.picture);
        if (!by.x && !by.y && !wasLive) return;
        this.live = { ...drag.shape, points: moved(drag.shape.points, by, this.picture) };
        break;
      }
      case "handle": {
        const points = reshaped(drag.shape, drag.handle, this.onPicture(event));
        this.live = { ...drag.shape, points };
      }
    }
    this.layers.invalidate("active");
    // The shape in hand leaves the layer of those at rest once, not with every move.
    if (!wasLive) this.layers.invalidate("shapes");
  }

  private up(event: PointerEvent): void {
    this.pinch.up(event.pointerId);
    const { drag, live } = this;
    this.drop();
    if (drag?.kind === "box") {
      const isClick = distance(drag.start, this.place(event)) < CLICK_PX;
      if (isClick || !live) this.click(event);
      else this.events.drawn(live);
    } else if (drag && live) {
      this.events.changed(live);
    }
  }

  /** A click with the box tool draws nothing; it takes up the shape that lies there. */
  private click(event: PointerEvent): void {
    const at = toPicture(this.view, this.place(event));
    this.events.selected(shapeAt(this.scene.shapes, at, this.reach(event))?.id ?? null);
  }

  private cancel(event: PointerEvent): void {
    this.pinch.up(event.pointerId);
    this.drop();
  }

  private drop(): void {
    this.drag = null;
    this.live = null;
    this.layers.invalidate("shapes", "active");
    this.setCursor();
  }

  private leave(): void {
    if (this.drag) return;
    this.pointer = null;
    this.layers.invalidate("active");
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    // Lines and pages, where a mouse counts in those, become pixels.
    const pixels = event.deltaY * ([1, 16, 400][event.deltaMode] ?? 1);
    this.zoomAt(Math.exp(-Math.max(-240, Math.min(240, pixels)) * 0.0022), this.place(event));
  }

  /** The other button takes back the last corner. */
  private back(event: MouseEvent): void {
    event.preventDefault();
    const { pending } = this.scene;
    if (!pending) return;
    const points = pending.points.slice(0, -1);
    this.events.pending(points.length ? { ...pending, points } : null);
  }

  private panKey(event: KeyboardEvent, isDown: boolean): void {
    const isBody = event.target === document.body || event.target === this.host;
    if (event.key !== " " || !isBody) return;
    event.preventDefault();
    this.isPanKey = isDown;
    this.setCursor();
  }

  private setCursor(): void {
    const isPanning = this.isPanKey || this.drag?.kind === "pan";
    this.host.dataset.cursor = isPanning ? "pan" : this.scene.tool;
  }
}
