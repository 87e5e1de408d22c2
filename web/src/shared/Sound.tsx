/** Sound or film, played by keys: also while somebody writes down what they hear. */

import { useMemo, useState } from "react";
import { useKeys } from "./keyboard";
import type { Binding } from "./keys";
import styles from "./Sound.module.css";

interface SoundProps {
  kind: "audio" | "video";
  path: string;
  name: string;
}

const BACK_SECONDS = 2;
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

export function Sound({ kind, path, name }: SoundProps) {
  const [speed, setSpeed] = useState(1);
  useKeys(useMemo(soundKeys, []));
  const shared = {
    controls: true,
    src: path,
    "aria-label": name,
    onPlay: ({ currentTarget }: { currentTarget: HTMLMediaElement }) => {
      last = new WeakRef(currentTarget);
    },
    onRateChange: ({ currentTarget }: { currentTarget: HTMLMediaElement }) =>
      setSpeed(currentTarget.playbackRate),
  };
  return (
    <figure className={styles.sound}>
      {kind === "audio" ? <audio {...shared} /> : <video {...shared} />}
      <figcaption className={styles.hint}>
        <kbd>Space</kbd> plays · <kbd>,</kbd> back {BACK_SECONDS} s · <kbd>&lt;</kbd>{" "}
        <kbd>&gt;</kbd> speed {speed} × · with Ctrl in a text field
      </figcaption>
    </figure>
  );
}

/** The one that is played, or was last; the first before any was. */
let last: WeakRef<HTMLMediaElement> | null = null;

function inHand(): HTMLMediaElement | undefined {
  const all = [...document.querySelectorAll<HTMLMediaElement>("main audio, main video")];
  const before = last?.deref();
  return all.find((one) => !one.paused) ?? all.find((one) => one === before) ?? all[0];
}

function soundKeys(): Binding[] {
  const play = () => {
    const sound = inHand();
    // What keeps it from playing, its own controls show.
    if (sound?.paused) sound.play().catch(() => undefined);
    else sound?.pause();
  };
  const skip = (seconds: number) => () => {
    const sound = inHand();
    if (sound) sound.currentTime = Math.max(0, sound.currentTime + seconds);
  };
  const faster = (steps: number) => () => {
    const sound = inHand();
    if (!sound) return;
    const at = SPEEDS.findIndex((one) => one >= sound.playbackRate);
    const next = Math.min(
      Math.max((at < 0 ? SPEEDS.length - 1 : at) + steps, 0),
      SPEEDS.length - 1,
    );
    sound.playbackRate = SPEEDS[next] ?? 1;
  };
  const actions: [string, string, () => void, boolean][] = [
    ["Space", "Play or pause", play, false],
    [",", `Back ${BACK_SECONDS} seconds`, skip(-BACK_SECONDS), true],
    [".", `On ${BACK_SECONDS} seconds`, skip(BACK_SECONDS), true],
    ["<", "Slower", faster(-1), false],
    [">", "Faster", faster(1), false],
  ];
  // Of several sounds in a task each lends the same keys, which act on the one in hand.
  return actions.flatMap(([key, does, run, repeats]) => [
    { key, does, run, repeats, yields: true },
    { key: `Ctrl+${key}`, does, run, repeats, yields: true, inText: true },
  ]);
}
