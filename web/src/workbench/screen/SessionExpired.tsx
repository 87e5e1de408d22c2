import { useState } from "react";
import * as api from "../../shared/api";
import { ApiError } from "../../shared/api";
import type { Annotator } from "../../shared/api";
import { tokenIn } from "../../shared/sign-in-link";
import { SignInForm } from "./SignInForm";
import styles from "./SessionExpired.module.css";

/** The session ran out: the work goes on, and a new link is asked for. */
export function SessionExpired({ back }: { back: (annotator: Annotator) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const paste = async (link: string) => {
    const token = tokenIn(link);
    if (!token) return setProblem("That is not a sign-in link.");
    try {
      back(await api.signIn(token));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <section className={styles.banner} aria-label="Signed out">
      <p>
        <strong>Your session has ended.</strong> Your work is kept on this device. Open your sign-in
        link again, or paste it here.
      </p>
      <SignInForm paste={paste}>
        <span role="alert">{problem}</span>
      </SignInForm>
    </section>
  );
}
