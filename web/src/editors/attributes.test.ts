import { expect, test } from "vitest";
import { remembered } from "../shared/key-order";
import {
  type Attribute,
  attributeFields,
  attributeProblem,
  attributesOf,
  restored,
  withAnswers,
} from "./attributes";

const ASKED: Record<string, Attribute> = {
  parked: { choices: ["yes", "no"], description: "Is it parked?" },
  heading: {
    type: "angle",
    conditions: {
      label_condition: { label: ["car", "bus"] },
      attribute_conditions: [{ parked: "no" }],
    },
  },
  colours: { choices: ["red", "blue"], allow_multiple: true, required: false },
};
const FIELDS = attributeFields({ annotation_attributes: ASKED });
const car = { label: "car" };

test("what must be answered is named, and only where it is asked", () => {
  expect(attributeProblem(FIELDS, car)).toBe("“Is it parked?” is empty.");
  const parked = withAnswers(car, { parked: ["yes"] });
  expect(attributeProblem(FIELDS, parked)).toBeNull();
  const moving = withAnswers(car, { parked: ["no"] });
  expect(attributeProblem(FIELDS, moving)).toBe("“heading” is empty.");
  expect(attributeProblem(FIELDS, { ...moving, label: "tree" })).toBeNull();
  const wrong = withAnswers(car, { parked: ["no"], heading: ["361"] });
  expect(attributeProblem(FIELDS, wrong)).toBe("“heading” is above 360.");
});

test("an answer says what is asked, and comes back as it was", () => {
  const moving = withAnswers(car, { parked: ["no"], heading: ["90"], colours: ["red", "blue"] });
  const said = { parked: "no", heading: 90, colours: ["red", "blue"] };
  expect(attributesOf(FIELDS, moving)).toEqual({ attributes: said });
  expect(attributesOf(FIELDS, { ...car, ...restored(FIELDS, said) })).toEqual({
    attributes: said,
  });
  // What was answered before the car was found to be parked is not sent.
  const parked = withAnswers(moving, { ...moving.attributes, parked: ["yes"] });
  expect(attributesOf(FIELDS, parked)).toEqual({
    attributes: { parked: "yes", colours: ["red", "blue"] },
  });
});

test("where nothing is asked nothing is said", () => {
  expect(attributeFields({})).toEqual([]);
  expect(attributesOf([], car)).toEqual({});
  expect(restored([], { parked: "yes" })).toEqual({});
});

test("questions stand in the customer's order", () => {
  const params = { annotation_attributes: { "2": { choices: ["x"] }, "1": { choices: ["x"] } } };
  remembered({ params, key_order: { annotation_attributes: ["2", "1"] } });
  expect(attributeFields(params).map(({ field_id }) => field_id)).toEqual(["2", "1"]);
});
