import { type ReactNode, useId } from "react";
import styles from "./TextField.module.css";

/** A field with its name above it. */
export function Field({ children }: { children: ReactNode }) {
  return <label className={styles.field}>{children}</label>;
}

interface TextFieldProps {
  title: string;
  value: string;
  change: (text: string) => void;
  hint?: string | undefined;
  isOptional?: boolean;
  autoFocus?: boolean;
}

// As `keyed_fields.py` has it: told while it is typed, and not first when it is handed in.
const CHARACTERS_MAX = 100_000;

/** A text of any length; Enter makes a new line, Ctrl+Enter submits the task. */
export function TextField(props: TextFieldProps) {
  const { title, value, change, hint, isOptional, autoFocus } = props;
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id} dir="auto">
        {title} {isOptional && <small>optional</small>}
      </label>
      {hint && <small id={`${id}-hint`}>{hint}</small>}
      <textarea
        id={id}
        dir="auto"
        rows={Math.min(12, Math.max(2, value.split("\n").length))}
        aria-describedby={hint ? `${id}-hint` : undefined}
        // The first field of a form is where the work begins.
        autoFocus={autoFocus}
        value={value}
        onChange={(event) => change(event.target.value)}
      />
      <small role="alert">
        {value.length > CHARACTERS_MAX &&
          `Longer than ${CHARACTERS_MAX.toLocaleString("en")} characters cannot be handed in.`}
      </small>
    </div>
  );
}
