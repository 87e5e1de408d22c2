/** What is kept on this device so that work goes on after a reload without a connection. */

import type { Annotator, Assignment } from "../shared/api";
import { deleteLocal, readLocal, writeLocal } from "../shared/local-store";

const PAGE_CACHE = "evenhand-page";
const HELD_CACHE = "evenhand-held";
const ANNOTATOR_KEY = "evenhand.annotator";

/** Keep the page itself; browsers allow that over TLS, and from this very machine. */
export function keepPage(): void {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker
    .register("/offline.js")
    .then(() => navigator.serviceWorker.ready)
    .then(keepParts)
    // Without it all goes on but a reload without a connection.
    .catch(() => undefined);
}

/** The parts of the page that were loaded before anybody kept them. */
async function keepParts(): Promise<void> {
  const cache = await caches.open(PAGE_CACHE);
  const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name));
  for (const { origin, pathname } of loaded) {
    if (origin !== location.origin || !pathname.startsWith("/assets/")) continue;
    if (!(await cache.match(pathname))) await cache.add(pathname);
  }
}

/** Who was signed in when the server was last reached, or null. */
export function rememberedAnnotator(): Annotator | null {
  try {
    return JSON.parse(localStorage.getItem(ANNOTATOR_KEY) ?? "null") as Annotator | null;
  } catch {
    return null;
  }
}

export function rememberAnnotator(annotator: Annotator | null): void {
  try {
    if (annotator) localStorage.setItem(ANNOTATOR_KEY, JSON.stringify(annotator));
    else localStorage.removeItem(ANNOTATOR_KEY);
  } catch {
    // Then a reload without a connection asks to try again.
  }
}

const KEEP_MS = 500;

/** Keeps what is in hand on this device, a moment later: nothing on the screen waits for it. */
export class InHand {
  private assignments: readonly Assignment[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly annotatorId: string) {}

  keep(assignments: readonly Assignment[]): void {
    const [now, before] = [assignments, this.assignments];
    if (now.length === before.length && now.every((one, index) => one === before[index])) return;
    this.assignments = assignments;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void keepHeld(this.annotatorId, this.assignments), KEEP_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

/** Keep the tasks in hand, and nothing of others. */
async function keepHeld(annotatorId: string, held: readonly Assignment[]): Promise<void> {
  await writeLocal("held", annotatorId, held).catch(() => undefined);
  if (!("caches" in globalThis)) return;
  const paths = new Set(held.flatMap(({ files }) => Object.values(files)));
  const cache = await caches.open(HELD_CACHE);
  for (const { url } of await cache.keys()) {
    if (!paths.has(new URL(url).pathname)) await cache.delete(url);
  }
}

export async function keptHeld(annotatorId: string): Promise<Assignment[]> {
  return (await readLocal<Assignment[]>("held", annotatorId).catch(() => undefined)) ?? [];
}

/** Nobody is signed in any more: nothing of a customer's stays. */
export async function forgetHeld(annotatorId: string): Promise<void> {
  rememberAnnotator(null);
  await deleteLocal("held", annotatorId).catch(() => undefined);
  if ("caches" in globalThis) await caches.delete(HELD_CACHE).catch(() => false);
}
