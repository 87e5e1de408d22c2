/** How work on a task begins: with the answer that a reviewer is to judge, or with nothing. */

import type { Assignment } from "../shared/api";
import type { AnyEditor } from "../editors/editor";
import { acted, type History, started } from "./history";

/** Undo takes a proposed answer away, as if the reviewer had filled it in. */
export function initialHistory(
  editor: AnyEditor,
  { params, proposal }: Assignment,
): History<unknown> {
  const blank = started<unknown>(editor.blank(params));
  return hasProposal({ proposal }) ? acted(blank, editor.restore(params, proposal)) : blank;
}

export function hasProposal({ proposal }: Pick<Assignment, "proposal">): boolean {
  return proposal !== null;
}
