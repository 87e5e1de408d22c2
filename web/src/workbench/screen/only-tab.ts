import { useCallback, useEffect, useState } from "react";

const LOCK = "evenhand-bench";
// A reloaded page meets the lock of the page it replaces, for a moment.
const PATIENCE_MS = 250;
type Hold = "asking" | "ours" | "elsewhere";

/** Hold the workbench for this tab alone, while the browser can tell tabs apart (it needs TLS). */
export function useOnlyTab() {
  const [hold, setHold] = useState<Hold>(navigator.locks ? "asking" : "ours");

  const ask = useCallback((options: LockOptions, released: Promise<void>) => {
    const held = async () => {
      setHold("ours");
      await released;
    };
    // Rejected when another tab has it, or takes it over later.
    navigator.locks.request(LOCK, options, held).catch(() => setHold("elsewhere"));
  }, []);

  useEffect(() => {
    if (!navigator.locks) return;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const timer = setTimeout(() => ask({ signal }, released), 0);
    return () => {
      clearTimeout(timer);
      release();
    };
  }, [ask]);

  const takeOver = useCallback(() => ask({ steal: true }, new Promise(() => {})), [ask]);
  return { isOurs: hold === "ours", isElsewhere: hold === "elsewhere", takeOver };
}
