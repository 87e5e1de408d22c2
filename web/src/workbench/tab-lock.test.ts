import { expect, test, vi } from "vitest";
import { type Hold, TabLock } from "./tab-lock";

function tab() {
  const holds: Hold[] = [];
  return { lock: new TabLock(navigator.locks, (hold) => holds.push(hold)), holds };
}

test("of two tabs the first works, until the other takes over", async () => {
  const [first, second] = [tab(), tab()];
  first.lock.ask();
  await vi.waitFor(() => expect(first.holds).toEqual(["ours"]));
  second.lock.ask();
  await vi.waitFor(() => expect(second.holds).toEqual(["elsewhere"]));
  second.lock.takeOver();
  await vi.waitFor(() => expect(second.holds.at(-1)).toBe("ours"));
  await vi.waitFor(() => expect(first.holds).toEqual(["ours", "elsewhere"]));
  second.lock.close();
});

test("a reloaded page gets the lock of the page that it replaces", async () => {
  const [before, after] = [tab(), tab()];
  before.lock.ask();
  await vi.waitFor(() => expect(before.holds).toEqual(["ours"]));
  after.lock.ask();
  before.lock.close();
  await vi.waitFor(() => expect(after.holds).toEqual(["ours"]));
  after.lock.close();
});
