/** Zoom and pan: screen = picture × scale + offset. Pure. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Viewport {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

const MARGIN = 16;
const SCALE_MAX = 64;

export function toPicture(view: Viewport, { x, y }: Point): Point {
  return { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale };
}

export function toScreen(view: Viewport, { x, y }: Point): Point {
  return { x: x * view.scale + view.x, y: y * view.scale + view.y };
}

/** The whole picture, as large as it fits. */
export function fitted(picture: Size, screen: Size): Viewport {
  return around({ left: 0, top: 0, right: picture.width, bottom: picture.height }, screen, MARGIN);
}

/** A part of the picture in the middle of the screen, with room on all sides. */
export function around(part: Bounds, screen: Size, margin = 80): Viewport {
  const [width, height] = [part.right - part.left, part.bottom - part.top];
  const scale = Math.min(
    (screen.width - 2 * margin) / Math.max(width, 1),
    (screen.height - 2 * margin) / Math.max(height, 1),
    SCALE_MAX,
  );
  const safe = Math.max(scale, 0.01);
  return {
    scale: safe,
    x: screen.width / 2 - ((part.left + part.right) / 2) * safe,
    y: screen.height / 2 - ((part.top + part.bottom) / 2) * safe,
  };
}

/** So that a part of the picture is in sight; where it is already, nothing moves. */
export function revealed(view: Viewport, part: Bounds, screen: Size): Viewport {
  const from = toScreen(view, { x: part.left, y: part.top });
  const to = toScreen(view, { x: part.right, y: part.bottom });
  const isInSight = from.x >= 0 && from.y >= 0 && to.x <= screen.width && to.y <= screen.height;
  if (isInSight) return view;
  // Never nearer than before: whoever steps through shapes has chosen how near to look.
  const there = around(part, screen);
  const scale = Math.min(view.scale, there.scale);
  return zoomed(there, scale / there.scale, middleOf(screen), 0);
}

export function middleOf({ width, height }: Size): Point {
  return { x: width / 2, y: height / 2 };
}

/** How a picture is looked at, said so that it means something for the next one too. */
export interface Look {
  /** How many times as large as the whole picture would be shown. */
  readonly factor: number;
  /** Which place is in the middle of the screen, in shares of width and height. */
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Look = { factor: 1, x: 0.5, y: 0.5 };

export function lookOf(view: Viewport, picture: Size, screen: Size): Look {
  const { x, y } = toPicture(view, middleOf(screen));
  const factor = view.scale / fitted(picture, screen).scale;
  return { factor, x: x / picture.width, y: y / picture.height };
}

export function looking(look: Look, picture: Size, screen: Size): Viewport {
  const fit = fitted(picture, screen);
  const scale = Math.min(SCALE_MAX, fit.scale * look.factor);
  const { x, y } = middleOf(screen);
  const offset = {
    x: x - look.x * picture.width * scale,
    y: y - look.y * picture.height * scale,
  };
  return panned({ scale, ...offset }, { x: 0, y: 0 }, picture, screen);
}

/** Larger or smaller around a place on the screen, which stays where it is. */
export function zoomed(view: Viewport, factor: number, at: Point, least: number): Viewport {
  const scale = Math.max(least, Math.min(SCALE_MAX, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

/** How much one turn of the wheel zooms; lines and pages, where a mouse counts in those, too. */
export function wheelFactor({ deltaY, deltaMode }: WheelEvent): number {
  const pixels = deltaY * ([1, 16, 400][deltaMode] ?? 1);
  return Math.exp(-Math.max(-240, Math.min(240, pixels)) * 0.0022);
}

/** Moved by a drag, but never so far that the picture is lost from sight. */
export function panned(view: Viewport, by: Point, picture: Size, screen: Size): Viewport {
  const keep = 60;
  const clamp = (offset: number, length: number, room: number) =>
    Math.max(keep - length * view.scale, Math.min(room - keep, offset));
  return {
    scale: view.scale,
    x: clamp(view.x + by.x, picture.width, screen.width),
    y: clamp(view.y + by.y, picture.height, screen.height),
  };
}
