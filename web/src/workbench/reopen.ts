/** An answer that was handed in, or a task that was skipped, made ready for the screen again. */

import * as api from "../shared/api";
import type { Assignment } from "../shared/api";
import { editorFor } from "../editors/registry";
import { loadMedia } from "../shared/media";
import { savedDraft } from "./drafts";
import type { ReadyTask } from "./queue";

export async function skippedTask(annotatorId: string, handle: string): Promise<ReadyTask> {
  const assignment = await api.unskip(handle);
  const { editor, media } = await shownBy(assignment);
  const saved = editor ? await savedDraft(annotatorId, assignment, editor) : undefined;
  return { assignment, editor, media, saved };
}

/** An answer that is not weighed yet, to be corrected. */
export async function answeredTask(handle: string): Promise<ReadyTask> {
  const { response, revision, ...task } = await api.answerOf(handle);
  // Nobody holds it any more, and so no time runs.
  const ended = { review: false, lesson: false, shown: true, draft: null, proposal: null };
  const assignment = { ...task, ...ended, leased_at: NEVER, expires_at: NEVER };
  const { editor, media } = await shownBy(assignment);
  const value = editor?.restore(assignment.params, response);
  const saved = { value, version: 0, past: [], isUnsent: false };
  return { assignment, editor, media, saved, corrects: revision };
}

const NEVER = "9999-12-31T00:00:00Z";

async function shownBy(assignment: Assignment) {
  const editor = await editorFor(assignment.type);
  const media = await loadMedia(assignment, editor?.attachments(assignment.params) ?? []);
  return { editor, media };
}
