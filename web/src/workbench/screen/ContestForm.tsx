/** An answer that was missed, what was expected, and why the annotator thinks otherwise. */

import { type KeyboardEvent, useEffect, useState } from "react";
import * as api from "../../shared/api";
import { ApiError } from "../../shared/api";
import type { Feedback, MissedAnswer } from "../../shared/api";
import type { Attachment } from "../../shared/media";
import type { AnyEditor } from "../../editors/editor";
import { editorFor } from "../../editors/registry";
import { type Media, loadMedia, release } from "../../shared/media";
import { AttachmentList } from "../../shared/AttachmentView";
import { Instruction } from "../../shared/Instruction";
import { TwoAnswers } from "./TwoAnswers";
import { Button } from "../../shared/Button";
import { Field } from "../../shared/TextField";
import { Note } from "./Note";
import styles from "./ContestForm.module.css";

const REASON_CHARACTERS_MAX = 2000;

interface Shown {
  feedback: Feedback;
  editor: AnyEditor | null;
  attachments: Attachment[];
  media: Media;
}

export function ContestForm({ missed, back }: { missed: MissedAnswer; back: () => void }) {
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  useEffect(() => {
    let isGone = false;
    fetched(missed.assignment_id)
      .then((found) => (isGone ? release(found.media) : setShown(found)))
      .catch((error: unknown) => setProblem(told(error)));
    return () => {
      isGone = true;
    };
  }, [missed]);
  const send = async () => {
    if (!reason.trim()) return setProblem("Say why your answer was right.");
    try {
      await api.contest(missed.assignment_id, reason.trim());
      back();
    } catch (error) {
      setProblem(told(error));
    }
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    void send();
  };
  return (
    <div className={styles.contest} onKeyDown={pressed}>
      {shown && <ContestedTask {...shown} />}
      {missed.contest ? (
        <Note>
          {missed.contest === "open"
            ? "You have contested this; it is not decided yet."
            : missed.note}
        </Note>
      ) : (
        <Field>
          Why was your answer right?
          <textarea
            rows={3}
            autoFocus
            maxLength={REASON_CHARACTERS_MAX}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
      )}
      <p role="alert">{problem}</p>
      <div className={styles.actions}>
        <Button onClick={back}>Back</Button>
        {!missed.contest && (
          <Button kind="primary" isLarge onClick={() => void send()}>
            Contest <kbd>Ctrl Enter</kbd>
          </Button>
        )}
      </div>
    </div>
  );
}

function ContestedTask({ feedback, editor, attachments, media }: Shown) {
  const text = editor?.text?.(feedback.params);
  return (
    <>
      <Instruction text={feedback.instruction} />
      <div className={styles.attachments}>
        {text !== undefined && (
          <p className={styles.text} dir="auto">
            {text}
          </p>
        )}
        <AttachmentList attachments={attachments} media={media} />
      </div>
      <TwoAnswers
        editor={editor}
        params={feedback.params}
        answers={{ Yours: feedback.response, Expected: feedback.expected_response }}
      />
    </>
  );
}

async function fetched(id: string): Promise<Shown> {
  const feedback = await api.feedback(id);
  const editor = await editorFor(feedback.type);
  const attachments = editor?.attachments(feedback.params) ?? [];
  return { feedback, editor, attachments, media: await loadMedia(feedback, attachments) };
}

function told(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  return error.message;
}
