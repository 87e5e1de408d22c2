/** Finding a label among a thousand by a few letters of it. */

import type { Label } from "./labels";

/** A label as it is compared: in small letters without accents, and cut into words. */
interface Folded {
  readonly name: string;
  readonly words: readonly string[];
  /** With the choices above it. */
  readonly all: string;
  readonly allWords: readonly string[];
}

const folded = new WeakMap<readonly Label[], readonly Folded[]>();

/**
 * The labels that a query means, the nearest first: by its words in any order, each the beginning
 * of a word of the label; then by a part of the name; then by letters in order, some left out.
 */
export function matchingLabels(labels: readonly Label[], query: string): number[] {
  const text = fold(query.trim());
  const all = labels.map((_, index) => index);
  if (!text) return all;
  let forms = folded.get(labels);
  if (!forms) folded.set(labels, (forms = labels.map(foldedLabel)));
  const words = wordsOf(text);
  const ranks = forms.map((form) => rank(form, text, words));
  return all
    .filter((index) => (ranks[index] as number) < NO_MATCH)
    .sort((a, b) => (ranks[a] as number) - (ranks[b] as number) || a - b);
}

const NO_MATCH = 7;

function rank({ name, words, all, allWords }: Folded, text: string, query: readonly string[]) {
  if (name === text) return 0;
  if (name.startsWith(text)) return 1;
  if (query.length && beginInOrder(query, words)) return 2;
  if (query.length && query.every((part) => words.some((word) => word.startsWith(part)))) return 3;
  if (query.length && query.every((part) => allWords.some((word) => word.startsWith(part))))
    return 4;
  if (all.includes(text)) return 5;
  return inOrder(text, all) ? 6 : NO_MATCH;
}

/** Whether the parts begin words of the label in the label's own order. */
function beginInOrder(parts: readonly string[], words: readonly string[]): boolean {
  let at = 0;
  for (const part of parts) {
    while (at < words.length && !words[at]?.startsWith(part)) at++;
    if (at++ === words.length) return false;
  }
  return true;
}

function inOrder(letters: string, text: string): boolean {
  let at = 0;
  for (const letter of letters.replaceAll(/\s/g, "")) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

function foldedLabel({ name, group }: Label): Folded {
  const words = labelWords(name);
  return {
    name: fold(name),
    words,
    all: fold(`${group} ${name}`),
    allWords: [...labelWords(group), ...words],
  };
}

/** Also where a small letter is followed by a capital: `cardArrival` is two words. */
function labelWords(name: string): string[] {
  return wordsOf(fold(name.replaceAll(/(\p{Ll})(?=\p{Lu})/gu, "$1 ")));
}

function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}\p{M}]+/u).filter(Boolean);
}

// Letters that are not made of a letter and a mark, so that taking marks off leaves them.
const PLAIN: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  ł: "l",
  ı: "i",
  þ: "th",
  ς: "σ",
};
// Accents, and the points of Hebrew and Arabic; the marks of Indian scripts are letters of theirs.
const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u0652]/g;

function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(MARKS, "")
    .replaceAll(/[ßæœøđðłıþς]/g, (letter) => PLAIN[letter] ?? letter);
}
