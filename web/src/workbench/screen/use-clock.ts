/** A clock of active time, kept going by whatever shows that somebody is there. */

import { useEffect, useMemo } from "react";
import { Clock } from "../clock";

const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel"] as const;

export function useClock(): Clock {
  const clock = useMemo(() => new Clock(performance.now()), []);
  useEffect(() => {
    const sign = () => clock.sign(performance.now());
    for (const kind of SIGNS) addEventListener(kind, sign, { passive: true, capture: true });
    return () => {
      for (const kind of SIGNS) removeEventListener(kind, sign, { capture: true });
    };
  }, [clock]);
  return clock;
}
