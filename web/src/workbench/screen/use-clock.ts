/** A clock of active time, kept going by whatever shows that somebody is there. */

import { useEffect, useMemo } from "react";
import { Clock } from "../clock";

const ACTIVITY_EVENTS = ["keydown", "pointerdown", "pointermove", "wheel"] as const;

export function useClock(): Clock {
  const clock = useMemo(() => new Clock(performance.now()), []);
  useEffect(() => {
    const noteActivity = () => clock.noteActivity(performance.now());
    for (const kind of ACTIVITY_EVENTS)
      addEventListener(kind, noteActivity, { passive: true, capture: true });
    return () => {
      for (const kind of ACTIVITY_EVENTS)
        removeEventListener(kind, noteActivity, { capture: true });
    };
  }, [clock]);
  return clock;
}
