/** Shapes in words: what was drawn, as what, and where. */

interface Corner {
  x?: number;
  y?: number;
}

interface Drawn extends Corner {
  type?: string;
  label?: string;
  left?: number;
  top?: number;
  width?: number;
  height?: number;
  vertices?: Corner[];
}

export function words(_params: unknown, response: unknown): string[] {
  const given = (response as { annotations?: unknown } | null)?.annotations;
  return (Array.isArray(given) ? given : []).map(
    (shape: Drawn) => `${shape.label ?? "?"}: ${shape.type ?? "shape"} ${place(shape)}`,
  );
}

function place({ left, top, width, height, vertices, x, y }: Drawn): string {
  if (left !== undefined) {
    return `at ${whole(left)}, ${whole(top)}, ${whole(width)} × ${whole(height)} pixels`;
  }
  if (vertices) {
    const first = vertices[0];
    return `of ${vertices.length} corners from ${whole(first?.x)}, ${whole(first?.y)}`;
  }
  return `at ${whole(x)}, ${whole(y)}`;
}

function whole(pixels: number | undefined): string {
  return pixels === undefined ? "?" : String(Math.round(pixels));
}
