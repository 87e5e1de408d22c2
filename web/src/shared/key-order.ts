/** Names in the order in which a customer gave them, where JavaScript puts numbers first. */

interface Shown {
  params: Record<string, unknown>;
  /** Missing in what a server of the version before sent. */
  key_order?: Record<string, string[]>;
}

const orders = new WeakMap<object, readonly string[]>();

/** Remember the order that the server tells of objects in these params. */
export function remembered<T extends Shown>(shown: T): T {
  for (const [name, keys] of Object.entries(shown.key_order ?? {})) {
    const members = shown.params[name];
    if (members && typeof members === "object") orders.set(members, keys);
  }
  return shown;
}

/** An object of these members, which are told in the order of the list. */
export function inOrder<T>(members: readonly (readonly [string, T])[]): Record<string, T> {
  const made = Object.fromEntries(members) as Record<string, T>;
  orders.set(
    made,
    members.map(([name]) => name),
  );
  return made;
}

export function namesOf(members: object): readonly string[] {
  return orders.get(members) ?? Object.keys(members);
}

export function entriesOf<T>(members: Readonly<Record<string, T>>): [string, T][] {
  return namesOf(members).map((name) => [name, members[name] as T]);
}
