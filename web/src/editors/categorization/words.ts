/** A choice in words. */
export function words(_params: unknown, response: unknown): string[] {
  const chosen = (response as { category?: unknown } | null)?.category;
  const names = (Array.isArray(chosen) ? chosen : [chosen]).filter((one) => one);
  return names.length ? names.map(String) : ["None of them"];
}
