/** Spans in words: what was marked, and as what. */

interface Marked {
  start?: unknown;
  text?: unknown;
  label?: unknown;
}

export function words(_params: unknown, response: unknown): string[] {
  const given = (response as { annotations?: unknown } | null)?.annotations;
  return (Array.isArray(given) ? given : []).map(({ text, label, start }: Marked) => {
    const place = typeof start === "number" ? `, from character ${start + 1}` : "";
    return `“${String(text)}” is ${String(label)}${place}`;
  });
}
