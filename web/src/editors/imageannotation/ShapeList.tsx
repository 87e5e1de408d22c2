import { useState } from "react";
import { boxSize, type Shape } from "./shapes";
import { ListRow } from "../../shared/ListRow";
import styles from "./ShapeList.module.css";

interface ShapeListProps {
  shapes: readonly Shape[];
  selected: string | null;
  colourOf: (label: string) => string;
  show: (shape: Shape) => void;
}

// Only the rows in sight exist, so that a list of thousands costs what a short one does.
const ROW_PX = 30;
const HEIGHT_PX = 300;

export function ShapeList({ shapes, selected, colourOf, show }: ShapeListProps) {
  const [top, setTop] = useState(0);
  if (!shapes.length) return null;
  const first = Math.max(0, Math.floor(top / ROW_PX) - 2);
  const shown = shapes.slice(first, first + Math.ceil(HEIGHT_PX / ROW_PX) + 4);
  return (
    <section aria-label="Shapes">
      <h2>
        Shapes <small>{shapes.length}</small>
      </h2>
      <div
        className={styles.scroll}
        style={{ maxHeight: HEIGHT_PX }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <ul style={{ height: shapes.length * ROW_PX }}>
          {shown.map((shape, index) => (
            <li key={shape.id} style={{ top: (first + index) * ROW_PX }}>
              <ListRow
                name={shape.label}
                detail={detail(shape)}
                colour={colourOf(shape.label)}
                isCurrent={shape.id === selected}
                choose={() => show(shape)}
              />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function detail(shape: Shape): string {
  if (shape.tool === "box") return boxSize(shape).join(" × ");
  return shape.tool === "point" ? "point" : `${shape.tool}, ${shape.points.length} corners`;
}
