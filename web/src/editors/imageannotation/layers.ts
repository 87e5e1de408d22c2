/** Three canvases over each other: the picture, the shapes at rest, and what is in hand. */

import type { Brush } from "./paint";
import type { Size, Viewport } from "../../shared/viewport";

export type Layer = "picture" | "shapes" | "active";
const LAYERS: readonly Layer[] = ["picture", "shapes", "active"];
// From here on the pixels of the picture are shown as they are, not smoothed away.
const PIXELS_FROM = 3;

export class Layers {
  screen: Size = { width: 0, height: 0 };
  private readonly contexts = new Map<Layer, CanvasRenderingContext2D>();
  private readonly stale = new Set<Layer>();
  private frame = 0;
  private ratio = 0;

  constructor(
    host: HTMLElement,
    private readonly paint: (layer: Layer) => void,
  ) {
    for (const layer of LAYERS) {
      const canvas = document.createElement("canvas");
      const context = canvas.getContext("2d");
      if (!context) throw new Error("This browser has no canvas.");
      this.contexts.set(layer, context);
      host.append(canvas);
    }
  }

  /** Whether it has another size now, with which all is empty. */
  resize(screen: Size): boolean {
    const ratio = devicePixelRatio;
    const isSame = screen.width === this.screen.width && screen.height === this.screen.height;
    // An observer tells the first size too, which is known already: nothing is painted twice.
    if (isSame && ratio === this.ratio) return false;
    this.screen = screen;
    this.ratio = ratio;
    for (const context of this.contexts.values()) {
      context.canvas.width = Math.round(screen.width * ratio);
      context.canvas.height = Math.round(screen.height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    return true;
  }

  /** Paint all of it now: an empty canvas would be seen. */
  paintAll(): void {
    for (const layer of LAYERS) this.paint(layer);
  }

  /** Paint these again with the next frame. */
  invalidate(...layers: readonly Layer[]): void {
    for (const layer of layers) this.stale.add(layer);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      for (const layer of LAYERS) if (this.stale.delete(layer)) this.paint(layer);
    });
  }

  brush(layer: Layer, view: Viewport, colourOf: (label: string) => string): Brush {
    const context = this.contexts.get(layer) as CanvasRenderingContext2D;
    return { context, view, screen: this.screen, colourOf };
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    for (const { canvas } of this.contexts.values()) canvas.remove();
  }
}

export function paintPicture(
  { context, view }: Brush,
  image: CanvasImageSource,
  picture: Size,
): void {
  context.imageSmoothingEnabled = view.scale < PIXELS_FROM;
  const { x, y, scale } = view;
  context.drawImage(image, x, y, picture.width * scale, picture.height * scale);
}
