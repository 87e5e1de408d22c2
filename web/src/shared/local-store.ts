/** The little that is kept on this device: drafts, and answers that wait to be sent. */

const NAME = "evenhand";
const VERSION = 1;
export type StoreName = "drafts" | "outbox";

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("drafts");
      request.result.createObjectStore("outbox");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run<T>(
  store: StoreName,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const transaction = (await database()).transaction(store, mode, { durability: "relaxed" });
  const request = ask(transaction.objectStore(store));
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
