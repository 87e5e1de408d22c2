/** Scrolls what is looked at by keys, wherever the focus is: nobody has to click into it first. */

import type { Binding } from "./keys";

const LINE_PIXELS = 60;
// Of a page some lines stay in sight, so that the eye finds where it was.
const PAGE_SHARE = 0.85;

/** Keys that scroll; another action on the same key goes before. */
export function scrollKeys(content: () => HTMLElement | null): Binding[] {
  const by = (pixels: (page: number) => number) => () => {
    for (const one of scrollable(content())) {
      one.scrollBy({ top: pixels(one.clientHeight), behavior: "instant" });
    }
  };
  const key = (name: string, does: string, pixels: (page: number) => number): Binding => ({
    key: name,
    does,
    run: by(pixels),
    repeats: true,
    yields: true,
  });
  const page = (height: number) => height * PAGE_SHARE;
  return [
    key("PageDown", "Scroll down", page),
    key("Space", "Scroll down", page),
    key("ArrowDown", "Scroll down a little", () => LINE_PIXELS),
    key("End", "Scroll to the end", () => Number.MAX_SAFE_INTEGER),
    key("PageUp", "Scroll up", (height) => -page(height)),
    key("Shift+Space", "Scroll up", (height) => -page(height)),
    key("ArrowUp", "Scroll up a little", () => -LINE_PIXELS),
    key("Home", "Scroll to the beginning", () => -Number.MAX_SAFE_INTEGER),
  ];
}

/** What can be scrolled of it: all that stands side by side, else it itself or what holds it. */
function scrollable(content: HTMLElement | null): HTMLElement[] {
  if (!content) return [];
  const inside = [content, ...content.querySelectorAll<HTMLElement>("*")].filter(canScroll);
  if (inside.length) return inside;
  const around = content.parentElement;
  return around && canScroll(around) ? [around] : [];
}

function canScroll(element: HTMLElement): boolean {
  if (element.scrollHeight <= element.clientHeight + 1) return false;
  return /auto|scroll/.test(getComputedStyle(element).overflowY);
}
