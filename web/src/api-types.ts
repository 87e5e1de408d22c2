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
  leased_at: string;
  expires_at: string;
  draft: ServerDraft | null;
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

/** A problem document (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
}
