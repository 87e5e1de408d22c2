import { memo } from "react";
import { ListRow, ROW_PX } from "../../shared/ListRow";
import { Rows } from "../../shared/Rows";
import { boxSize, type Shape } from "./shapes";

interface ShapeListProps {
  shapes: readonly Shape[];
  selected: string | null;
  colourOf: (label: string) => string;
  show: (shape: Shape) => void;
}

const HEIGHT_PX = 300;

export const ShapeList = memo(({ shapes, selected, colourOf, show }: ShapeListProps) => {
  if (!shapes.length) return null;
  const at = shapes.findIndex(({ id }) => id === selected);
  return (
    <section aria-label="Shapes">
      <h2>
        Shapes <small>{shapes.length}</small>
      </h2>
      <Rows
        count={shapes.length}
        rowPx={ROW_PX}
        mostPx={HEIGHT_PX}
        current={at < 0 ? null : at}
        row={(index) => {
          const shape = shapes[index] as Shape;
          return (
            <ListRow
              name={shape.label}
              detail={detail(shape)}
              colour={colourOf(shape.label)}
              isCurrent={index === at}
              choose={() => show(shape)}
            />
          );
        }}
      />
    </section>
  );
});

function detail(shape: Shape): string {
  if (shape.tool === "box") return boxSize(shape).join(" × ");
  return shape.tool === "point" ? "point" : `${shape.tool}, ${shape.points.length} corners`;
}
