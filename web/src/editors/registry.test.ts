import { expect, test } from "vitest";
import { editorFor, typeName } from "./registry";

const FOLDERS = Object.keys(import.meta.glob("./*/*")).map((path) => path.split("/")[1] ?? "");

test.each([...new Set(FOLDERS)])(
  "the folder %s brings an editor and a name for it",
  async (type) => {
    expect(await editorFor(type)).toHaveProperty("View");
    expect(typeName(type)).not.toBe(type);
  },
);

test.each(["lidarannotation", "__proto__", "../editors"])(
  "for the unknown type %s there is no editor, and its name is its own",
  async (type) => {
    expect(await editorFor(type)).toBeNull();
    expect(typeName(type)).toBe(type);
  },
);
