/** Where the annotator looks: how near, and at which part of the picture. */

import { keepLook, keptLook } from "../../shared/kept-looks";
import {
  around,
  type Bounds,
  fitted,
  type Look,
  looking,
  lookOf,
  middleOf,
  panned,
  type Point,
  revealed,
  type Size,
  type Viewport,
  zoomed,
} from "../../shared/viewport";

export class Camera {
  view: Viewport = { scale: 1, x: 0, y: 0 };
  private screen: Size = { width: 0, height: 0 };
  private look: Look;

  constructor(
    private readonly picture: Size,
    /** Tasks of one kind are looked at alike. */
    private readonly kind: string,
    private readonly moved: () => void,
  ) {
    this.look = keptLook(kind);
  }

  /** The screen has another size now; what is looked at stays in its middle. */
  resize(screen: Size): void {
    this.screen = screen;
    this.view = looking(this.look, this.picture, screen);
  }

  fit(): void {
    this.go(fitted(this.picture, this.screen));
  }

  zoom(factor: number, at: Point = middleOf(this.screen)): void {
    const least = Math.min(fitted(this.picture, this.screen).scale * 0.5, 1);
    this.go(zoomed(this.view, factor, at, least));
  }

  pan(by: Point): void {
    this.go(panned(this.view, by, this.picture, this.screen));
  }

  /** Move this part into sight, if it is not there already. */
  reveal(part: Bounds): void {
    const view = revealed(this.view, part, this.screen);
    if (view !== this.view) this.go(view);
  }

  /** Go so near to this part that it fills the screen, with room around it. */
  closeUp(part: Bounds): void {
    this.go(around(part, this.screen));
  }

  private go(view: Viewport): void {
    this.view = view;
    this.look = lookOf(view, this.picture, this.screen);
    keepLook(this.kind, this.look);
    this.moved();
  }
}
