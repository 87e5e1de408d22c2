/** The little that is kept on this device: drafts, answers on their way, work that was lost. */

// Two databases, for another version of one would wait for every tab that has it open.
const DATABASES = {
  evenhand: ["drafts", "outbox"],
  "evenhand-past": ["answered", "held", "kept"],
} as const;
const VERSION = 1;
type DatabaseName = keyof typeof DATABASES;
export type StoreName = (typeof DATABASES)[DatabaseName][number];

const opened = new Map<DatabaseName, Promise<IDBDatabase>>();

function database(name: DatabaseName): Promise<IDBDatabase> {
  const found = opened.get(name);
  if (found) return found;
  const opening = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      for (const store of DATABASES[name]) request.result.createObjectStore(store);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  opened.set(name, opening);
  return opening;
}

function databaseOf(store: StoreName): DatabaseName {
  return store === "drafts" || store === "outbox" ? "evenhand" : "evenhand-past";
}

async function run<T>(
  store: StoreName,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opened = await database(databaseOf(store));
  const transaction = opened.transaction(store, mode, { durability: "relaxed" });
  const request = ask(transaction.objectStore(store));
  // Not left to the end of the turn: the page may be gone by then.
  transaction.commit();
  return await new Promise((resolve, reject) => {
    // Resolved by the transaction, not the request: only then is a write on the disk.
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export async function writeLocal(store: StoreName, key: string, value: unknown): Promise<void> {
  await run(store, "readwrite", (all) => all.put(value, key));
}

export async function readLocal<T>(store: StoreName, key: string): Promise<T | undefined> {
  return (await run(store, "readonly", (all) => all.get(key))) as T | undefined;
}

export async function readAllLocal<T>(store: StoreName): Promise<T[]> {
  return (await run(store, "readonly", (all) => all.getAll())) as T[];
}

export async function deleteLocal(store: StoreName, key: string): Promise<void> {
  await run(store, "readwrite", (all) => all.delete(key));
}
