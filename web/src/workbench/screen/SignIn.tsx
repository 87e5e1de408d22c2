import { useState } from "react";
import { tokenIn } from "../../shared/sign-in-link";
import { Logo } from "../../shared/Logo";

interface SignInProps {
  why: string | null;
  signIn: (token: string) => Promise<void>;
}

export function SignIn({ why, signIn }: SignInProps) {
  const [isWrong, setWrong] = useState(false);
  const paste = (form: FormData) => {
    const token = tokenIn(String(form.get("link") ?? ""));
    setWrong(token === null);
    if (token) void signIn(token);
  };
  return (
    <main className="page">
      <Logo />
      <h1>Sign in to the workbench</h1>
      <p>Open the sign-in link that you were sent, or paste it here.</p>
      <form className="inline-form" action={paste}>
        <label className="hidden" htmlFor="link">
          Sign-in link
        </label>
        <input
          id="link"
          name="link"
          type="password"
          autoComplete="off"
          placeholder="Sign-in link"
        />
        <button type="submit" className="button primary">
          Sign in
        </button>
      </form>
      <p className="warning" role="alert">
        {isWrong ? "That is not a sign-in link." : why}
      </p>
    </main>
  );
}
