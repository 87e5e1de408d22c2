/**
 * Keeps the page at hand for a reload without a connection, and the pictures of tasks in hand.
 *
 * A service worker: it runs beside the page, and is asked for what the page fetches. Calls to the
 * API it answers nothing to; what it keeps of tasks the page takes away again (see `offline.ts`).
 */

// As in `offline.ts`: the script of a worker stands alone.
const PAGE_CACHE = "evenhand-page";
const HELD_CACHE = "evenhand-held";

interface Waiting extends Event {
  waitUntil: (done: Promise<unknown>) => void;
}

interface Fetching extends Event {
  request: Request;
  respondWith: (reply: Promise<Response>) => void;
}

interface Worker {
  addEventListener(kind: "install" | "activate", listener: (event: Waiting) => void): void;
  addEventListener(kind: "fetch", listener: (event: Fetching) => void): void;
  clients: { claim: () => Promise<void> };
  skipWaiting: () => Promise<void>;
}

const worker = self as unknown as Worker;
const PAGE = "/";
const PAGES = [PAGE, "/sign-in"];
const FILE = /^\/api\/assignments\/[^/]+\/files\/\d+$/;
// A line that is nearly down must not keep the page from what it has.
const PAGE_MS_MAX = 4_000;

worker.addEventListener("install", (event) => {
  event.waitUntil(fetchPage().then(() => worker.skipWaiting()));
});
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  // What a page sends as it goes is ours to send: with the page its own requests may end.
  if (request.keepalive && pathname.startsWith("/api/")) return event.respondWith(fetch(request));
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (PAGES.includes(pathname)) event.respondWith(page());
  } else if (pathname.startsWith("/assets/")) event.respondWith(asset(request));
  else if (FILE.test(pathname) && !request.headers.has("Range")) event.respondWith(file(request));
});

async function page(): Promise<Response> {
  try {
    const reply = await fetchPage();
    if (reply.status < 500) return reply;
  } catch {
    // No line, or one that is too slow: what was kept is as good.
  }
  const kept = await (await caches.open(PAGE_CACHE)).match(PAGE);
  return kept ?? Response.error();
}

/** The page as the server has it; with another version of it the parts of the old one go. */
async function fetchPage(): Promise<Response> {
  const reply = await fetch(PAGE, {
    cache: "no-cache",
    signal: AbortSignal.timeout(PAGE_MS_MAX),
  });
  if (!reply.ok) return reply;
  const cache = await caches.open(PAGE_CACHE);
  const before = await cache.match(PAGE);
  const [now, then] = await Promise.all([reply.clone().text(), before?.text()]);
  if (now !== then) {
    for (const old of await cache.keys()) await cache.delete(old);
    await cache.put(PAGE, reply.clone());
    await cache.addAll(
      [...now.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, at]) => `${at}`),
    );
  }
  return reply;
}

/** The names of parts change with their content, so one that is kept is good for ever. */
async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(PAGE_CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const reply = await fetch(request);
  if (reply.ok) await cache.put(request, reply.clone()).catch(() => undefined);
  return reply;
}

/** From the server while it can be reached, for it says whether the task is still ours. */
async function file(request: Request): Promise<Response> {
  const cache = await caches.open(HELD_CACHE);
  try {
    const reply = await fetch(request);
    if (reply.status === 200) await cache.put(request, reply.clone()).catch(() => undefined);
    if (reply.status < 500) return reply;
  } catch {
    // Without a line what was kept is shown.
  }
  return (await cache.match(request)) ?? Response.error();
}

export {};
