import { expect, test } from "vitest";
import { answerWords } from "./words";
import { editorFor } from "./registry";

const picture = { attachment: "a", geometries: {} };
const CASES: [string, unknown, unknown, string[]][] = [
  ["categorization", {}, { category: "cat" }, ["cat"]],
  ["categorization", {}, { category: ["cat", "dog"] }, ["cat", "dog"]],
  ["categorization", {}, { category: [] }, ["None of them"]],
  [
    "comparison",
    { attachments: [], fields: { why: "Why is it better?" } },
    { choice: "left", fields: { why: "It is shorter." } },
    ["left", "Why is it better?: It is shorter."],
  ],
  [
    "transcription",
    { fields: { date: "Date" }, repeatable_fields: { item: "Item" } },
    { fields: { date: "1 May" }, repeatable_fields: [{ item: "tea" }, null] },
    ["Date: 1 May", "Row 1. Item: tea", "Row 2. "],
  ],
  [
    "namedentityrecognition",
    { text: "Marie Curie" },
    { annotations: [{ start: 0, end: 11, text: "Marie Curie", label: "PERSON" }] },
    ["“Marie Curie” is PERSON, from character 1"],
  ],
  [
    "imageannotation",
    picture,
    {
      annotations: [
        { type: "box", label: "car", left: 1.4, top: 2, width: 30, height: 40, uuid: "x" },
        {
          type: "polygon",
          label: "lake",
          vertices: [
            { x: 1, y: 2 },
            { x: 3, y: 4 },
            { x: 5, y: 1 },
          ],
        },
        { type: "point", label: "lamp", x: 7, y: 8 },
      ],
    },
    [
      "car: box at 1, 2, 30 × 40 pixels",
      "lake: polygon of 3 corners from 1, 2",
      "lamp: point at 7, 8",
    ],
  ],
  [
    "textcollection",
    {
      attachments: [],
      fields: [
        {
          field_id: "tone",
          type: "category",
          title: "Tone",
          choices: [{ value: "a", label: "Angry" }],
        },
        { field_id: "long", type: "boolean", title: "Is it long?" },
        {
          field_id: "who",
          type: "fieldset",
          title: "Who",
          fields: [{ field_id: "n", type: "text", title: "Name" }],
        },
      ],
    },
    { annotations: { tone: "a", long: false, who: [{ n: "Ann" }, { n: "Ben" }] } },
    ["Tone: Angry", "Is it long?: No", "Who 1. Name: Ann", "Who 2. Name: Ben"],
  ],
];

test.each(CASES)(
  "an answer to a %s is told in words (%#)",
  async (type, params, response, lines) => {
    const editor = await editorFor(type);
    expect(answerWords(editor, params, response)).toEqual(lines);
  },
);

test.each([null, undefined, {}, { annotations: null }, { category: null }, "x", 3])(
  "what is no answer (%j) is told as nothing, by whatever editor",
  async (response) => {
    for (const type of new Set(CASES.map(([name]) => name))) {
      const editor = await editorFor(type);
      const params = CASES.find(([name]) => name === type)?.[1];
      expect(answerWords(editor, params, response).join()).toMatch(
        /^(\(nothing\)|None of them|x|3)$/,
      );
    }
  },
);

test("of a long answer what goes beyond the fortieth line is counted", async () => {
  const annotations = Array.from({ length: 45 }, () => ({ type: "point", label: "a", x: 1, y: 1 }));
  const lines = answerWords(await editorFor("imageannotation"), picture, { annotations });
  expect([lines.length, lines.at(-1)]).toEqual([41, "… and 5 more"]);
});
