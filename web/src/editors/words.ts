/** Any answer in words, for those who look at it where it is not drawn. */

import { cut, responseLines } from "../shared/response-lines";
import type { AnyEditor } from "./editor";

/** As the editor of its type says it; a response of any other form line by line. */
export function answerWords(
  editor: AnyEditor | null,
  params: unknown,
  response: unknown,
): string[] {
  if (!editor || typeof response !== "object" || response === null) return responseLines(response);
  return cut(editor.words(params, response));
}
