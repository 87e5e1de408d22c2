import { expect, test } from "vitest";
import { Clock } from "./clock";

test("a pause counts no longer than the time one may read without a sign of life", () => {
  const clock = new Clock(0, 30_000);
  clock.noteActivity(10_000);
  clock.noteActivity(3_600_000);
  expect(clock.active(3_601_000)).toBe(10_000 + 30_000 + 1_000);
  expect(clock.isActive(3_700_000)).toBe(false);
});
