/** Any response in plain lines, to be read where its editor is not at hand. */

const LINES_MAX = 40;
// Ids say nothing to anybody who reads.
const UNREAD = new Set(["uuid", "id", "category_id"]);

/** A response as lines; what goes beyond the fortieth is counted and left out. */
export function responseLines(response: unknown): string[] {
  return cut(linesOf(response));
}

/** As many lines as are read at a glance. */
export function cut(lines: string[]): string[] {
  if (!lines.length) return ["(nothing)"];
  if (lines.length <= LINES_MAX) return lines;
  return [...lines.slice(0, LINES_MAX), `… and ${lines.length - LINES_MAX} more`];
}

function linesOf(value: unknown, name = ""): string[] {
  if (value === null || value === undefined || UNREAD.has(name)) return [];
  const before = name ? `${name}: ` : "";
  if (Array.isArray(value)) {
    if (value.every((one) => !isObject(one))) {
      return [before + (value.length ? value.map(String).join(", ") : "(none)")];
    }
    return value.map((one) => before + inline(one));
  }
  if (isObject(value)) return Object.entries(value).flatMap(([key, one]) => linesOf(one, key));
  return [before + String(value)];
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return value.map(inline).join("; ");
  if (!isObject(value)) return String(value);
  return Object.entries(value)
    .filter(([key, one]) => !UNREAD.has(key) && one !== null)
    .map(([key, one]) => `${key} ${inline(one)}`)
    .join(", ");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
