/** Sign-in links carry their token after the `#`, which browsers send to no server and no log. */

export function tokenIn(link: string): string | null {
  const text = link.trim();
  const inFragment = /#(?:.*&)?token=([^&\s]+)/.exec(text)?.[1];
  if (inFragment) return decodeURIComponent(inFragment);
  // A bare token, pasted without its link.
  return /^[\w.~-]{16,}$/.test(text) ? text : null;
}

/** The token in the address bar, which is cleaned of it at once. */
export function takeToken(): string | null {
  const token = tokenIn(location.href);
  if (token || location.pathname.startsWith("/sign-in")) history.replaceState(null, "", "/");
  return token;
}
