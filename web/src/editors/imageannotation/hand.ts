/** What the pointer does on the picture: it draws with the tool in hand, or takes hold. */

import { uuid } from "../../shared/uuid";
import { Pinch } from "../../shared/pinch";
import {
  distance,
  type Point,
  type Size,
  toPicture,
  toScreen,
  wheelFactor,
} from "../../shared/viewport";
import type { AnnotationCanvasEvents, Scene } from "./annotation-canvas";
import type { Camera } from "./camera";
import { clamped, edgeAt, handles, moved, ordered, reshaped, shapeAt, snapped } from "./geometry";
import type { Layer } from "./layers";
import { type Shape, type Tool, VERTICES_LEAST } from "./shapes";

type Drag =
  | { kind: "pan"; last: Point }
  | { kind: "box"; from: Point; start: Point }
  | { kind: "tap" }
  | { kind: "move"; shape: Shape; from: Point }
  | { kind: "handle"; shape: Shape; handle: number };

/** What the hand works on. */
export interface Table {
  host: HTMLElement;
  picture: Size;
  camera: Camera;
  events: AnnotationCanvasEvents;
  scene: () => Scene;
  repaint: (...layers: readonly Layer[]) => void;
}

const REACH = 8;
const REACH_TOUCH = 18;
// As far as the dot reaches that is painted on the first corner.
const CLOSE_PX = 6;
const CLICK_PX = 4;
const DOUBLE_CLICK_MS = 400;

export class Hand {
  /** The shape as the drag would leave it. */
  live: Shape | null = null;
  /** Where the pointer is on the picture. */
  pointer: Point | null = null;
  /** Whether Ctrl or ⌘ is down: any tool then takes hold of shapes, as the select tool does. */
  isReaching = false;
  private drag: Drag | null = null;
  private isPanKey = false;
  private hasPen = false;
  private lastClick = { at: { x: 0, y: 0 }, time: 0 };
  private readonly pinch = new Pinch();

  constructor(
    private readonly table: Table,
    signal: AbortSignal,
  ) {
    const { host } = table;
    const on = <K extends keyof HTMLElementEventMap>(
      kind: K,
      does: (event: HTMLElementEventMap[K]) => void,
      options: AddEventListenerOptions = {},
    ) => host.addEventListener(kind, does, { signal, ...options });
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.cancel(event));
    on("pointerleave", () => this.leave());
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("contextmenu", (event) => this.back(event));
    addEventListener("keydown", (event) => this.key(event, true), { signal });
    addEventListener("keyup", (event) => this.key(event, false), { signal });
    addEventListener("blur", () => this.reach(false), { signal });
  }

  get isDragging(): boolean {
    return this.drag !== null;
  }

  get isDrawingBox(): boolean {
    return this.drag?.kind === "box";
  }

  /** Show by the cursor what a press would do. */
  setCursor(): void {
    const isPanning = this.isPanKey || this.drag?.kind === "pan";
    const cursor = this.isReaching ? "select" : this.table.scene().tool;
    this.table.host.dataset.cursor = isPanning ? "pan" : cursor;
  }

  private place(event: MouseEvent): Point {
    const { left, top } = this.table.host.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private toPicture(at: Point): Point {
    return toPicture(this.table.camera.view, at);
  }

  private onPicture(event: MouseEvent): Point {
    const { picture } = this.table;
    return snapped(clamped(this.toPicture(this.place(event)), picture), picture);
  }

  private reachOf(event: PointerEvent): number {
    const px = event.pointerType === "touch" ? REACH_TOUCH : REACH;
    return px / this.table.camera.view.scale;
  }

  private down(event: PointerEvent): void {
    this.table.host.setPointerCapture(event.pointerId);
    const at = this.place(event);
    this.reach(event.ctrlKey || event.metaKey);
    this.table.events.touched();
    if (event.pointerType === "pen") this.hasPen = true;
    if (event.pointerType === "touch" && this.pinch.down(event.pointerId, at)) {
      this.drop();
      return;
    }
    const isPan = event.button === 1 || (event.button === 0 && this.isPanKey);
    if (isPan || (this.hasPen && event.pointerType === "touch")) {
      event.preventDefault();
      this.drag = { kind: "pan", last: at };
    } else if (event.button === 0 && !this.table.scene().isHidden) {
      this.press(event, at);
    }
    this.setCursor();
  }

  private press(event: PointerEvent, at: Point): void {
    const { tool, pending } = this.table.scene();
    if (!pending && (tool === "select" || this.isReaching)) return this.take(event, at);
    // A finger may be the first of two that zoom: what it sets, it sets when it is lifted.
    if (tool !== "box" && event.pointerType === "touch") this.drag = { kind: "tap" };
    else if (tool === "box") this.drag = { kind: "box", from: this.onPicture(event), start: at };
    else this.set(event);
  }

  /** Set a point, or a corner of a polygon or line. */
  private set(event: PointerEvent): void {
    const { tool, pending } = this.table.scene();
    if (pending) return this.addCorner(event, pending);
    const on = this.onPicture(event);
    if (tool === "select") return;
    if (tool === "point") return this.table.events.drawn(this.fresh("point", [on]));
    this.noteClick(this.place(event), event.timeStamp);
    this.table.events.pending(this.fresh(tool, [on]));
  }

  private take(event: PointerEvent, at: Point): void {
    if (this.takeHandle(event)) return;
    const from = this.toPicture(at);
    const hit = shapeAt(this.table.scene().shapes, from, this.reachOf(event));
    this.table.events.selected(hit?.id ?? null, true);
    this.drag = hit ? { kind: "move", shape: hit, from } : { kind: "pan", last: at };
  }

  /** Take hold of the selected shape at a handle; at an edge, a new corner comes with it. */
  private takeHandle(event: PointerEvent): boolean {
    const { shapes, selected } = this.table.scene();
    const shape = shapes.find(({ id }) => id === selected);
    if (!shape) return false;
    const at = this.toPicture(this.place(event));
    const reach = this.reachOf(event);
    const handle = nearest(handles(shape), at, reach);
    if (handle !== null && this.isPointNearer(shape, handle, at)) return false;
    if (handle !== null && event.altKey) {
      this.removeCorner(shape, handle);
      return true;
    }
    if (handle !== null) {
      this.drag = { kind: "handle", shape, handle };
      return true;
    }
    const mayGrow = shape.tool === "polygon" || shape.tool === "line";
    const place = mayGrow ? edgeAt(shape, at, reach / 2) : null;
    if (place === null) return false;
    const grown = { ...shape, points: shape.points.toSpliced(place, 0, this.onPicture(event)) };
    this.drag = { kind: "handle", shape: grown, handle: place };
    this.live = grown;
    return true;
  }

  /** Whether another shape of one point lies nearer than the handle: then it is the one meant. */
  private isPointNearer(shape: Shape, handle: number, at: Point): boolean {
    const to = distance(handles(shape)[handle] as Point, at);
    return this.table.scene().shapes.some(({ id, tool, points: [only] }) => {
      return id !== shape.id && tool === "point" && only && distance(only, at) < to;
    });
  }

  private removeCorner(shape: Shape, corner: number): void {
    if (shape.tool === "box" || shape.points.length <= VERTICES_LEAST[shape.tool]) return;
    this.table.events.changed({ ...shape, points: shape.points.toSpliced(corner, 1) });
  }

  private addCorner(event: PointerEvent, pending: Shape): void {
    const at = this.place(event);
    const first = toScreen(this.table.camera.view, pending.points[0] as Point);
    const enough = pending.points.length >= VERTICES_LEAST[pending.tool];
    const reach = event.pointerType === "touch" ? REACH_TOUCH : CLOSE_PX;
    const closes = pending.tool === "polygon" && distance(first, at) <= reach;
    const isDouble =
      event.timeStamp - this.lastClick.time < DOUBLE_CLICK_MS &&
      distance(this.lastClick.at, at) <= CLICK_PX;
    this.noteClick(at, event.timeStamp);
    if (enough && (closes || isDouble)) return this.table.events.drawn(pending);
    if (isDouble) return;
    this.table.events.pending({
      ...pending,
      points: [...pending.points, this.onPicture(event)],
    });
  }

  private noteClick(at: Point, time: number): void {
    this.lastClick = { at, time };
  }

  private fresh(tool: Tool, points: readonly Point[]): Shape {
    return { id: uuid(), tool, label: this.table.scene().label, points };
  }

  private move(event: PointerEvent): void {
    const at = this.place(event);
    const pinched = event.pointerType === "touch" ? this.pinch.move(event.pointerId, at) : null;
    if (pinched) {
      this.table.camera.pan(pinched.by);
      this.table.camera.zoom(pinched.factor, pinched.middle);
      return;
    }
    this.pointer = this.onPicture(event);
    this.reach(event.ctrlKey || event.metaKey);
    const { pending, tool } = this.table.scene();
    if (this.drag) this.dragTo(at, event);
    else if (pending || tool === "box") this.table.repaint("active");
  }

  private dragTo(at: Point, event: PointerEvent): void {
    const { drag } = this;
    const { picture, camera, repaint } = this.table;
    const wasLive = this.live !== null;
    switch (drag?.kind) {
      case "pan":
        camera.pan({ x: at.x - drag.last.x, y: at.y - drag.last.y });
        this.drag = { kind: "pan", last: at };
        return;
      case "tap":
        break;
      case "box":
        this.live ??= this.fresh("box", []);
        this.live = { ...this.live, points: ordered(drag.from, this.onPicture(event)) };
        break;
      case "move": {
        const to = this.toPicture(at);
        const by = snapped({ x: to.x - drag.from.x, y: to.y - drag.from.y }, picture);
        if (!by.x && !by.y && !wasLive) return;
        this.live = { ...drag.shape, points: moved(drag.shape.points, by, picture) };
        break;
      }
      case "handle": {
        const points = reshaped(drag.shape, drag.handle, this.onPicture(event));
        this.live = { ...drag.shape, points };
      }
    }
    repaint("active");
    // The shape in hand leaves the layer of those at rest once, not with every move.
    if (!wasLive) repaint("shapes");
  }

  private up(event: PointerEvent): void {
    this.pinch.up(event.pointerId);
    const { drag, live } = this;
    this.drop();
    switch (drag?.kind) {
      case "tap":
        return this.set(event);
      case "box":
        if (!live || distance(drag.start, this.place(event)) < CLICK_PX) this.click(event);
        else this.table.events.drawn(live);
        return;
      case "move":
      case "handle":
        if (live) this.table.events.changed(live);
    }
  }

  /** A click with the box tool draws nothing; it chooses the shape that lies there. */
  private click(event: PointerEvent): void {
    const at = this.toPicture(this.place(event));
    const hit = shapeAt(this.table.scene().shapes, at, this.reachOf(event));
    this.table.events.selected(hit?.id ?? null, false);
  }

  private cancel(event: PointerEvent): void {
    this.pinch.up(event.pointerId);
    this.drop();
  }

  private drop(): void {
    this.drag = null;
    this.live = null;
    this.table.repaint("shapes", "active");
    this.setCursor();
  }

  private leave(): void {
    if (this.drag) return;
    this.pointer = null;
    this.table.repaint("active");
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    this.table.camera.zoom(wheelFactor(event), this.place(event));
  }

  /** The other button takes back the last corner. */
  private back(event: MouseEvent): void {
    event.preventDefault();
    const { pending } = this.table.scene();
    if (!pending || event.ctrlKey) return;
    const points = pending.points.slice(0, -1);
    this.table.events.pending(points.length ? { ...pending, points } : null);
  }

  private key(event: KeyboardEvent, isDown: boolean): void {
    if (event.key === "Control" || event.key === "Meta") this.reach(isDown);
    const { host } = this.table;
    const isOurs = event.target === document.body || host.parentElement === event.target;
    if (event.key !== " " || !isOurs) return;
    event.preventDefault();
    this.isPanKey = isDown;
    this.setCursor();
  }

  private reach(isReaching: boolean): void {
    if (isReaching === this.isReaching) return;
    this.isReaching = isReaching;
    this.setCursor();
    this.table.repaint("active");
  }
}

function nearest(points: readonly Point[], at: Point, reach: number): number | null {
  let [best, least]: [number | null, number] = [null, reach];
  for (const [index, point] of points.entries()) {
    const away = distance(point, at);
    if (away <= least) [best, least] = [index, away];
  }
  return best;
}
