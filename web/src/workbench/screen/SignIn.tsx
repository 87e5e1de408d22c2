import { useState } from "react";
import { tokenIn } from "../../shared/sign-in-link";
import { Logo } from "../../shared/Logo";
import { Page } from "../../shared/Page";
import { SignInForm } from "./SignInForm";

interface SignInProps {
  why: string | null;
  signIn: (token: string) => Promise<void>;
}

export function SignIn({ why, signIn }: SignInProps) {
  const [isWrong, setWrong] = useState(false);
  const paste = (link: string) => {
    const token = tokenIn(link);
    setWrong(token === null);
    if (token) void signIn(token);
  };
  return (
    <Page>
      <Logo />
      <h1>Sign in to the workbench</h1>
      <p>Open the sign-in link that you were sent, or paste it here.</p>
      <SignInForm paste={paste} isAlone />
      <p role="alert">{isWrong ? "That is not a sign-in link." : why}</p>
    </Page>
  );
}
