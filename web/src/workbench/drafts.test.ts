import { expect, test } from "vitest";
import { draftToContinue } from "./drafts";

const size = (value: unknown) => (value as string).length;

test("the device's draft goes on when it grew from the server's", () => {
  const best = draftToContinue({ value: "", version: 2 }, { value: "long", version: 2 }, size);
  expect(best?.value).toBe("");
});

test("of two drafts that grew apart the fuller one goes on, at the server's version", () => {
  const server = { value: "longer", version: 5 };
  expect(draftToContinue({ value: "short", version: 2 }, server, size)).toEqual(server);
  expect(draftToContinue({ value: "the longest", version: 2 }, server, size)).toEqual({
    value: "the longest",
    version: 5,
  });
});

test("a single draft is taken as it is", () => {
  expect(draftToContinue(undefined, { value: "a", version: 1 }, size)?.value).toBe("a");
  expect(draftToContinue(undefined, undefined, size)).toBeUndefined();
});
