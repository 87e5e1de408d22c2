/** Who is here: signing in by a link, or straight to the work. */

import { useCallback, useEffect, useState } from "react";
import * as api from "../shared/api";
import { ApiError } from "../shared/api";
import type { Annotator } from "../shared/api";
import { WorkbenchScreen } from "./screen/WorkbenchScreen";
import { SignIn } from "./screen/SignIn";
import { rememberAnnotator, rememberedAnnotator } from "./offline";
import { takeToken } from "../shared/sign-in-link";
import { Button } from "../shared/Button";
import { Page } from "../shared/Page";

type Session =
  | { state: "asking" }
  | { state: "signedOut"; why: string | null }
  | { state: "unreachable"; why: string }
  | { state: "signedIn"; annotator: Annotator };

// Read once, before anything is drawn: the token must not stay in the address bar.
const linkToken = takeToken();

export function App() {
  const [session, setSession] = useState<Session>({ state: "asking" });

  const ask = useCallback(async (token: string | null) => {
    try {
      const annotator = token ? await api.signIn(token) : await api.me();
      rememberAnnotator(annotator);
      setSession({ state: "signedIn", annotator });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const before = token ? null : rememberedAnnotator();
      if (error.isPassing && before) setSession({ state: "signedIn", annotator: before });
      else if (error.isPassing) setSession({ state: "unreachable", why: error.message });
      else setSession({ state: "signedOut", why: token ? error.message : null });
    }
  }, []);

  useEffect(() => void ask(linkToken), [ask]);

  switch (session.state) {
    case "asking":
      return <Page />;
    case "signedOut":
      return <SignIn why={session.why} signIn={ask} />;
    case "unreachable":
      return (
        <Page>
          <h1>No connection</h1>
          <p>{session.why} Answers that were not sent yet are safe on this device.</p>
          <Button kind="primary" onClick={() => void ask(linkToken)}>
            Try again
          </Button>
        </Page>
      );
    case "signedIn":
      return (
        <WorkbenchScreen
          key={session.annotator.annotator_id}
          annotator={session.annotator}
          changeAnnotator={(annotator) => setSession({ state: "signedIn", annotator })}
          left={() => setSession({ state: "signedOut", why: null })}
        />
      );
  }
}
