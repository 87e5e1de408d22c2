/** Whether two values of plain data say the same, whatever the order of their names. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [ours, theirs] = [members(one), new Map(members(other))];
  return (
    ours.length === theirs.size &&
    ours.every(([name, value]) => theirs.has(name) && isSame(value, theirs.get(name)))
  );
}

// What is undefined is left out of JSON.
function members(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, one]) => one !== undefined);
}
