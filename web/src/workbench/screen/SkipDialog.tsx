import { type KeyboardEvent, useState } from "react";
import type { SkipReason } from "../../shared/api";
import { isTextField } from "../../shared/keys";
import { Dialog } from "../../shared/Dialog";
import { Button } from "../../shared/Button";
import { Choice, Choices } from "../../shared/Choice";
import { Field } from "../../shared/TextField";

const REASONS: readonly { reason: SkipReason; text: string }[] = [
  { reason: "unclear", text: "The task is unclear" },
  { reason: "broken", text: "Something is broken or missing" },
  { reason: "not_qualified", text: "I am not qualified for this" },
  { reason: "other", text: "Another reason" },
];

interface SkipDialogProps {
  close: () => void;
  skip: (reason: SkipReason, comment: string) => void;
}

/** Asks why; a number key answers at once. */
export function SkipDialog({ close, skip }: SkipDialogProps) {
  const [comment, setComment] = useState("");
  const pressed = (event: KeyboardEvent) => {
    const chosen = REASONS[Number(event.key) - 1];
    if (!chosen || isTextField(event.target)) return;
    event.preventDefault();
    skip(chosen.reason, comment.trim());
  };
  return (
    <Dialog title="Why skip this task?" close={close}>
      <Choices onKeyDown={pressed}>
        {REASONS.map(({ reason, text }, index) => (
          <Choice key={reason} autoFocus={index === 0} onClick={() => skip(reason, comment.trim())}>
            <kbd>{index + 1}</kbd>
            {text}
          </Choice>
        ))}
      </Choices>
      <Field>
        Comment (optional)
        <textarea rows={2} value={comment} onChange={(event) => setComment(event.target.value)} />
      </Field>
      <Button onClick={close}>Back to the task</Button>
    </Dialog>
  );
}
