/** What the keys do on the picture, in words, for those who do not see it. */

import { useEffect, useState } from "react";
import type { Point } from "../../shared/viewport";
import { handles } from "./geometry";
import { boxSize, round, type Shape } from "./shapes";
import type { Crosshair } from "./use-crosshair";
import type { Drawing } from "./use-drawing";
import { Spoken } from "../../shared/Spoken";

// A held arrow key says where it got to, and not each step on its way.
const QUIET_MS = 250;

interface AnnouncementProps {
  shapes: readonly Shape[];
  drawing: Drawing;
  crosshair: Crosshair;
}

export function Announcement({ shapes, drawing, crosshair }: AnnouncementProps) {
  const words = [inHand(drawing, crosshair), chosen(shapes, drawing)].filter(Boolean).join(". ");
  const [spoken, setSpoken] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(words), QUIET_MS);
    return () => clearTimeout(timer);
  }, [words]);
  return <Spoken>{spoken}</Spoken>;
}

function inHand({ pendingShape, tool }: Drawing, { at, begun }: Crosshair): string {
  const corners = pendingShape ? `${pendingShape.tool} of ${count(pendingShape)}` : "";
  if (!at) return corners;
  const drawn = begun ? `box begun at ${place(begun)}` : corners;
  return [`Crosshair at ${place(at)}, ${tool}`, drawn].filter(Boolean).join(", ");
}

function chosen(shapes: readonly Shape[], { chosenShape, corner }: Drawing): string {
  if (!chosenShape) return shapes.length ? "" : "No shapes";
  const number = `${shapes.indexOf(chosenShape) + 1} of ${shapes.length}`;
  const words = `Shape ${number}: ${chosenShape.tool} ${chosenShape.label}, ${extent(chosenShape)}`;
  const all = handles(chosenShape);
  const held = corner === null ? undefined : all[corner];
  return held && corner !== null
    ? `Corner ${corner + 1} of ${all.length} at ${place(held)}. ${words}`
    : words;
}

function extent(shape: Shape): string {
  const at = place(shape.points[0] as Point);
  if (shape.tool === "box") return `${boxSize(shape).join(" by ")} at ${at}`;
  return shape.tool === "point" ? `at ${at}` : `${count(shape)}, the first at ${at}`;
}

function count({ points }: Shape): string {
  return points.length === 1 ? "1 corner" : `${points.length} corners`;
}

function place({ x, y }: Point): string {
  return `${round(x)}, ${round(y)}`;
}
