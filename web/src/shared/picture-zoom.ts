/** Looking at a picture from near: the wheel, fingers and keys zoom it, a drag moves it. */

import { keepLook, keptLook } from "./kept-looks";
import { Pinch } from "./pinch";
import { type Bounds, type Point, type Viewport, wheelFactor, WHOLE, zoomed } from "./viewport";

// As near as this, or as one pixel of the picture being this large.
const FACTOR_MAX = 8;
const PIXEL_MAX = 16;
// From here on the pixels are shown as they are, not smoothed away.
const PIXELS_FROM = 3;
const PAN_SHARE = 0.15;
const DOUBLE_CLICK_FACTOR = 2.5;

/** As it is laid out: nothing is zoomed. */
const PLAIN: Viewport = { scale: 1, x: 0, y: 0 };

export class PictureZoom {
  private view = PLAIN;
  private last: Point | null = null;
  private readonly pinch = new Pinch();
  private readonly gone = new AbortController();
  private readonly observer: ResizeObserver;

  constructor(
    private readonly holder: HTMLElement,
    private readonly image: HTMLImageElement,
    /** Pictures of one kind are looked at alike. */
    private readonly kind: string,
  ) {
    const { signal } = this.gone;
    const on = <K extends keyof HTMLElementEventMap>(
      name: K,
      does: (event: HTMLElementEventMap[K]) => void,
    ) => holder.addEventListener(name, does, { signal, passive: false });
    on("wheel", (event) => this.wheel(event));
    on("pointerenter", () => touch(this));
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.up(event));
    on("dblclick", (event) => {
      if (this.view.scale > 1) this.fit();
      else this.zoom(DOUBLE_CLICK_FACTOR, this.place(event));
    });
    this.observer = new ResizeObserver(() => this.restore());
    this.observer.observe(holder);
    this.restore();
    enter(this);
  }

  destroy(): void {
    leave(this);
    this.gone.abort();
    this.observer.disconnect();
    this.show(PLAIN);
  }

  fit(): void {
    this.go(PLAIN);
  }

  zoom(factor: number, at: Point = this.middle): void {
    const { left, top, right } = this.box;
    const largest = (PIXEL_MAX * this.image.naturalWidth) / Math.max(1, right - left);
    const most = Math.max(FACTOR_MAX, largest) / this.view.scale;
    const on = { x: at.x - left, y: at.y - top };
    this.go(zoomed(this.view, Math.min(factor, most), on, 1));
  }

  pan(by: Point): void {
    this.go({ ...this.view, x: this.view.x + by.x, y: this.view.y + by.y });
  }

  /** Move what is seen by a part of the room: -1, 0 or 1 each way. */
  step({ x, y }: Point): void {
    const { clientWidth, clientHeight } = this.holder;
    this.pan({ x: -x * PAN_SHARE * clientWidth, y: -y * PAN_SHARE * clientHeight });
  }

  /** The picture as it is laid out, inside of its holder. */
  private get box(): Bounds {
    const { offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight } = this.image;
    return { left, top, right: left + offsetWidth, bottom: top + offsetHeight };
  }

  private get middle(): Point {
    return { x: this.holder.clientWidth / 2, y: this.holder.clientHeight / 2 };
  }

  private place(event: MouseEvent): Point {
    const { left, top } = this.holder.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private go(view: Viewport): void {
    this.show(this.held(view));
    const { left, top, right, bottom } = this.box;
    const { scale, x, y } = this.view;
    const share = (middle: number, offset: number, length: number) =>
      (middle - offset) / scale / Math.max(1, length);
    keepLook(
      this.kind,
      scale === 1
        ? WHOLE
        : {
            factor: scale,
            x: share(this.middle.x, left + x, right - left),
            y: share(this.middle.y, top + y, bottom - top),
          },
    );
  }

  private restore(): void {
    const { factor, ...at } = keptLook(this.kind);
    const { left, top, right, bottom } = this.box;
    this.show(
      this.held({
        scale: factor,
        x: this.middle.x - left - at.x * (right - left) * factor,
        y: this.middle.y - top - at.y * (bottom - top) * factor,
      }),
    );
  }

  /** In the middle while it is smaller than its room, and else filling it. */
  private held({ scale, x, y }: Viewport): Viewport {
    if (scale <= 1) return PLAIN;
    const { left, top, right, bottom } = this.box;
    const { clientWidth, clientHeight } = this.holder;
    const along = (offset: number, from: number, length: number, room: number) =>
      length <= room
        ? (room - length) / 2 - from
        : Math.max(room - length - from, Math.min(-from, offset));
    return {
      scale,
      x: along(x, left, (right - left) * scale, clientWidth),
      y: along(y, top, (bottom - top) * scale, clientHeight),
    };
  }

  private show(view: Viewport): void {
    this.view = view;
    const { scale, x, y } = view;
    const isNear = scale > 1;
    const { style, offsetWidth, naturalWidth } = this.image;
    style.transformOrigin = "0 0";
    style.transform = isNear ? `translate(${x}px, ${y}px) scale(${scale})` : "";
    const isCoarse = (offsetWidth * scale) / Math.max(1, naturalWidth) >= PIXELS_FROM;
    style.imageRendering = isNear && isCoarse ? "pixelated" : "";
    this.holder.toggleAttribute("data-near", isNear);
  }

  private wheel(event: WheelEvent): void {
    // Where the wheel has something to scroll, it does that, and zooms with Ctrl.
    if (!event.ctrlKey && !event.metaKey && isScrollable(this.holder)) return;
    event.preventDefault();
    this.zoom(wheelFactor(event), this.place(event));
  }

  private down(event: PointerEvent): void {
    touch(this);
    const at = this.place(event);
    if (event.pointerType === "touch") this.pinch.down(event.pointerId, at);
    if (event.button !== 0 || this.view.scale <= 1) return;
    this.holder.setPointerCapture(event.pointerId);
    this.last = at;
  }

  private move(event: PointerEvent): void {
    const at = this.place(event);
    const pinched = event.pointerType === "touch" ? this.pinch.move(event.pointerId, at) : null;
    if (pinched) {
      this.last = null;
      this.pan(pinched.by);
      this.zoom(pinched.factor, pinched.middle);
    } else if (this.last) {
      this.pan({ x: at.x - this.last.x, y: at.y - this.last.y });
      this.last = at;
    }
  }

  private up(event: PointerEvent): void {
    this.pinch.up(event.pointerId);
    this.last = null;
  }
}

function isScrollable(element: Element): boolean {
  for (let box = element.parentElement; box; box = box.parentElement) {
    const isOpen = /auto|scroll/.test(getComputedStyle(box).overflowY);
    if (isOpen && box.scrollHeight > box.clientHeight + 1) return true;
  }
  return false;
}

// The pictures on the screen; the keys mean the one that the pointer was on last.
let pictures: readonly PictureZoom[] = [];
const listeners = new Set<() => void>();

function set(changed: readonly PictureZoom[]): void {
  pictures = changed;
  for (const listener of listeners) listener();
}

function enter(picture: PictureZoom): void {
  set([...pictures, picture]);
}

function leave(picture: PictureZoom): void {
  set(pictures.filter((one) => one !== picture));
}

function touch(picture: PictureZoom): void {
  set([picture, ...pictures.filter((one) => one !== picture)]);
}

/** The picture that the keys mean, if there is one. */
export function pictureInHand(): PictureZoom | null {
  return pictures[0] ?? null;
}

export function watchPictures(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
