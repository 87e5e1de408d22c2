import { expect, test } from "vitest";
import { chosen } from "./drafts";

const size = (value: unknown) => (value as string).length;

test("the device's draft goes on when it grew from the server's", () => {
  const best = chosen({ value: "", version: 2 }, { value: "long", version: 2 }, size);
  expect(best?.value).toBe("");
});

test("of two drafts that grew apart the fuller one goes on, at the server's version", () => {
  const server = { value: "longer", version: 5 };
  expect(chosen({ value: "short", version: 2 }, server, size)).toEqual(server);
  expect(chosen({ value: "the longest", version: 2 }, server, size)).toEqual({
    value: "the longest",
    version: 5,
  });
});

test("a single draft is taken as it is", () => {
  expect(chosen(undefined, { value: "a", version: 1 }, size)?.value).toBe("a");
  expect(chosen(undefined, undefined, size)).toBeUndefined();
});
