import { useCallback, useEffect, useRef, useState } from "react";
import { type Hold, TabLock } from "../tab-lock";

/** Hold the workbench for this tab alone, while the browser can tell tabs apart (it needs TLS). */
export function useOnlyTab() {
  const [hold, setHold] = useState<Hold>(navigator.locks ? "asking" : "ours");
  const lock = useRef<TabLock>(null);
  useEffect(() => {
    if (!navigator.locks) return;
    const opened = new TabLock(navigator.locks, setHold);
    lock.current = opened;
    const timer = setTimeout(() => opened.ask(), 0);
    return () => {
      clearTimeout(timer);
      opened.close();
    };
  }, []);
  const takeOver = useCallback(() => lock.current?.takeOver(), []);
  return { isOurs: hold === "ours", isElsewhere: hold === "elsewhere", takeOver };
}
