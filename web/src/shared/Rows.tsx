import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import styles from "./Rows.module.css";

interface RowsProps {
  count: number;
  rowPx: number;
  /** How high the list may become before it scrolls. */
  mostPx: number;
  /** The row that is kept in sight when it changes. */
  current: number | null;
  row: (index: number) => ReactNode;
}

// Rows beyond both edges, so that a quick turn of the wheel shows no gap.
const SPARE = 3;

/** A list of which only the rows in sight exist: thousands cost what a few do. */
export function Rows({ count, rowPx, mostPx, current, row }: RowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (current === null || !box.current) return;
    const [from, room] = [current * rowPx, box.current.clientHeight];
    const { scrollTop } = box.current;
    if (from < scrollTop || from + rowPx > scrollTop + room) {
      // In the middle, so that its neighbours are seen too.
      box.current.scrollTop = from - (room - rowPx) / 2;
      setTop(box.current.scrollTop);
    }
  }, [current, count, rowPx]);
  const first = Math.max(0, Math.min(Math.floor(top / rowPx), count - 1) - SPARE);
  const last = Math.min(count, first + Math.ceil(mostPx / rowPx) + 2 * SPARE);
  return (
    <div
      ref={box}
      className={styles.box}
      style={{ maxHeight: mostPx }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <ul style={{ height: count * rowPx }}>
        {Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset).map(
          (index) => (
            <li key={index} style={{ top: index * rowPx, height: rowPx }}>
              {row(index)}
            </li>
          ),
        )}
      </ul>
    </div>
  );
}
