import { useMemo, useSyncExternalStore } from "react";
import { useKeys } from "./keyboard";
import type { Binding } from "./keys";
import { pictureInHand, watchPictures } from "./picture-zoom";

const ARROWS = [
  ["ArrowLeft", -1, 0],
  ["ArrowRight", 1, 0],
  ["ArrowUp", 0, -1],
  ["ArrowDown", 0, 1],
] as const;

/** Zoom and pan by keys, while there is a picture to look at and no editor needs them. */
export function PictureKeys() {
  const isThere = useSyncExternalStore(watchPictures, () => pictureInHand() !== null);
  useKeys(
    useMemo((): readonly Binding[] => {
      if (!isThere) return [];
      const zoom = (factor: number) => () => pictureInHand()?.zoom(factor);
      return [
        {
          key: "+",
          does: "Zoom the picture (or turn the wheel, with Ctrl where it scrolls)",
          run: zoom(1.4),
          repeats: true,
          yields: true,
        },
        { key: "-", does: "Zoom out", run: zoom(1 / 1.4), repeats: true, yields: true },
        { key: "f", does: "Fit the picture", run: () => pictureInHand()?.fit(), yields: true },
        ...ARROWS.map(([key, x, y]) => ({
          key: `Shift+${key}`,
          does: "Move the zoomed picture (or drag it)",
          run: () => pictureInHand()?.step({ x, y }),
          repeats: true,
          yields: true,
        })),
      ];
    }, [isThere]),
  );
  return null;
}
