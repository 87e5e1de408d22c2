/** The workbench API's shapes, as the server sends them. */

export interface Annotator {
  annotator_id: string;
  email: string;
  name: string | null;
  kind: string;
}

export interface ServerDraft {
  response: unknown;
  version: number;
}

/** A task lent to this annotator until it expires. */
export interface Assignment {
  assignment_id: string;
  type: string;
  instruction: string;
  params: unknown;
  files: Record<string, string>;
  /** Whether the answer decides what others could not settle. */
  review?: boolean;
  /** Whether it belongs to a course: what was expected is shown afterwards. */
  lesson?: boolean;
  leased_at: string;
  expires_at: string;
  draft: ServerDraft | null;
  /** What a reviewer begins with: the response that is to be accepted or changed. */
  proposal?: unknown;
}

export type SkipReason = "unclear" | "broken" | "not_qualified" | "other";

export interface Submission {
  annotation_id: string;
  response: unknown;
  active_ms: number;
}

export interface Skip {
  reason: SkipReason;
  comment?: string;
}

/** What was answered beside what was expected. */
export interface Feedback {
  type: string;
  instruction: string;
  params: unknown;
  files: Record<string, string>;
  response: unknown;
  expected_response: unknown;
  /** How like the expected response the answer is, from 0 to 1. */
  score: number;
  is_right: boolean;
}

export interface ProjectScore {
  /** A handle: whose the project is concerns nobody. */
  project: string;
  type: string;
  skill: { accuracy: number; lower: number; upper: number } | null;
  gold_answers: number;
  gold_right: number;
  training: "none" | "in_course" | "passed" | "failed";
  training_round: number;
  training_score: number | null;
  paused: { since: string; kind: string; reason: string } | null;
}

/** An answer that counts, or counted, against the annotator. */
export interface Missed {
  assignment_id: string;
  project: string;
  type: string;
  lesson: boolean;
  score: number;
  answered_at: string;
  contest: "open" | "upheld" | "rejected" | null;
  note: string | null;
}

export interface Scores {
  counted_before: string;
  projects: ProjectScore[];
  missed: Missed[];
}

/** A problem document (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
}
