import type { ReactNode } from "react";
import { Button } from "../../shared/Button";
import styles from "./SignInForm.module.css";

interface SignInFormProps {
  /** What is to be done with the link that was pasted. */
  paste: (link: string) => void | Promise<void>;
  /** Whether signing in is all that there is to do. */
  isAlone?: boolean;
  children?: ReactNode;
}

/** A field for a sign-in link. */
export function SignInForm({ paste, isAlone = false, children }: SignInFormProps) {
  return (
    <form
      className={isAlone ? `${styles.form} ${styles.wide}` : styles.form}
      action={(form: FormData) => paste(String(form.get("link") ?? ""))}
    >
      <input
        name="link"
        type="password"
        autoComplete="off"
        placeholder="Sign-in link"
        aria-label="Sign-in link"
      />
      <Button type="submit" {...(isAlone && { kind: "primary" })}>
        Sign in
      </Button>
      {children}
    </form>
  );
}
