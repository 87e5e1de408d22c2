/** What a page has and Node has not: an address, storage on the device, events of the window. */

import "fake-indexeddb/auto";
import { vi } from "vitest";

vi.stubGlobal("location", new URL("http://workbench.test/"));
const window = new EventTarget();
vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
vi.stubGlobal("dispatchEvent", window.dispatchEvent.bind(window));
vi.stubGlobal("removeEventListener", window.removeEventListener.bind(window));
const session = new Map<string, string>();
vi.stubGlobal("sessionStorage", {
  getItem: (key: string) => session.get(key) ?? null,
  setItem: (key: string, value: string) => session.set(key, value),
});
vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
