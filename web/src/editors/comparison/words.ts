/** A comparison in words. */

import type { Params } from "./choice";

export function words(params: Params, response: unknown): string[] {
  const given = (response ?? {}) as { choice?: unknown; fields?: Record<string, unknown> };
  const fields = Object.entries(given.fields ?? {})
    .filter(([, text]) => text)
    .map(([key, text]) => `${params.fields?.[key] || key}: ${String(text)}`);
  return [...(given.choice ? [String(given.choice)] : []), ...fields];
}
