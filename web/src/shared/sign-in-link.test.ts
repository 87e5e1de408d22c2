import { expect, test } from "vitest";
import { tokenIn } from "./sign-in-link";

test("the token is read from the fragment, or pasted bare", () => {
  expect(tokenIn("https://host/sign-in#token=abc%2Bd")).toBe("abc+d");
  expect(tokenIn("  0123456789abcdef0123 ")).toBe("0123456789abcdef0123");
  expect(tokenIn("https://host/sign-in")).toBeNull();
});
