import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { SkipReason } from "../../shared/api";
import { digitOf, isTextField } from "../../shared/keys";
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
  const [isAsking, setAsking] = useState(false);
  const reasons = useRef<HTMLDivElement>(null);
  // On none of the reasons: an Enter that was meant for the task must not choose the first.
  useEffect(() => reasons.current?.focus(), []);
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Enter" && event.target === reasons.current) setAsking(true);
    const chosen = REASONS[(digitOf(event.nativeEvent) ?? 0) - 1];
    if (!chosen || isTextField(event.target) || event.repeat) return;
    event.preventDefault();
    skip(chosen.reason, comment.trim());
  };
  return (
    <Dialog title="Why skip this task?" close={close}>
      <Choices ref={reasons} tabIndex={-1} role="group" aria-label="Reasons" onKeyDown={pressed}>
        {REASONS.map(({ reason, text }, index) => (
          <Choice key={reason} onClick={() => skip(reason, comment.trim())}>
            <kbd>{index + 1}</kbd>
            {text}
          </Choice>
        ))}
      </Choices>
      <p role="alert">{isAsking && "Choose a reason: a number from 1 to 4."}</p>
      <Field>
        Comment (optional)
        <textarea rows={2} value={comment} onChange={(event) => setComment(event.target.value)} />
      </Field>
      <Button onClick={close}>Back to the task</Button>
    </Dialog>
  );
}
