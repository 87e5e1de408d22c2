/** The labels to choose from: by number key, by click, or by search when they are many. */

import { type KeyboardEvent, type RefObject, useMemo, useRef, useState } from "react";
import { type Binding, labelKeys } from "./keys";
import { type Label, shortened } from "./labels";
import { matchingLabels } from "./label-search";
import { useKeys } from "./keyboard";
import { Choice, ChoiceName, Choices, Swatch } from "./Choice";
import { Rows } from "./Rows";
import styles from "./Palette.module.css";

interface PaletteProps {
  title: string;
  labels: readonly Label[];
  /** Indexes of the labels in force. */
  chosen: ReadonlySet<number>;
  pick: (index: number) => void;
  /** The colour in which a label is drawn, where it is drawn at all. */
  colourOf?: (name: string) => string;
}

const SEARCH_FROM = 11;
// More than have a key, and than stand on a screen: these scroll by themselves.
const BOXED_FROM = 21;
const ROW_PX = 44;
const BOX_PX = 10 * ROW_PX;
// Two lines of a row.
const NAME_LENGTH_MAX = 56;

export function Palette({ title, labels, chosen, pick, colourOf }: PaletteProps) {
  const [query, setQuery] = useState("");
  const search = useRef<HTMLInputElement>(null);
  const isLong = labels.length >= SEARCH_FROM;
  const isBoxed = labels.length >= BOXED_FROM;
  const keys = useMemo(() => labelKeys(labels.map(({ name }) => name)), [labels]);
  useKeys(usePaletteKeys(labels, keys, pick, isLong ? search : null));
  const shown = useMemo(() => matchingLabels(labels, query), [labels, query]);
  const newest = useNewest(chosen);
  const at = query ? 0 : shown.indexOf(newest);
  const choice = (index: number) => (
    <LabelChoice
      key={index}
      label={labels[index] as Label}
      hint={keys[index] ?? null}
      isChosen={chosen.has(index)}
      isShort={isBoxed}
      colour={colourOf?.(labels[index]?.name ?? "") ?? null}
      pick={() => pick(index)}
    />
  );
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {isLong && (
        <Search
          field={search}
          query={query}
          change={setQuery}
          take={() => {
            const [first] = shown;
            if (first !== undefined) pick(first);
          }}
        />
      )}
      {shown.length === 0 && <p>No label has these words.</p>}
      {isBoxed ? (
        <Rows
          count={shown.length}
          rowPx={ROW_PX}
          mostPx={BOX_PX}
          current={at < 0 ? null : at}
          row={(index) => choice(shown[index] as number)}
        />
      ) : (
        <Choices>{shown.map(choice)}</Choices>
      )}
    </section>
  );
}

/** Of the labels in force the one that became so last. */
function useNewest(chosen: ReadonlySet<number>): number {
  const before = useRef<ReadonlySet<number>>(new Set());
  const newest = useRef(-1);
  const added = [...chosen].find((index) => !before.current.has(index));
  if (added !== undefined) newest.current = added;
  else if (!chosen.has(newest.current)) newest.current = [...chosen].at(-1) ?? -1;
  before.current = chosen;
  return newest.current;
}

interface SearchProps {
  field: RefObject<HTMLInputElement | null>;
  query: string;
  change: (query: string) => void;
  /** Choose the first label found. */
  take: () => void;
}

function Search({ field, query, change, take }: SearchProps) {
  const pressed = (event: KeyboardEvent) => {
    const isEnter = event.key === "Enter" && !event.ctrlKey && !event.metaKey;
    if (!isEnter && event.key !== "Escape") return;
    event.preventDefault();
    if (isEnter) take();
    change("");
    field.current?.blur();
  };
  return (
    <div className={styles.search}>
      <input
        ref={field}
        type="search"
        aria-label="Search the labels"
        placeholder="Search"
        value={query}
        onChange={(event) => change(event.target.value)}
        onKeyDown={pressed}
      />
      <kbd>/</kbd>
    </div>
  );
}

interface LabelChoiceProps {
  label: Label;
  hint: string | null;
  isChosen: boolean;
  /** Whether it has two lines and no more. */
  isShort: boolean;
  colour: string | null;
  pick: () => void;
}

function LabelChoice({ label, hint, isChosen, isShort, colour, pick }: LabelChoiceProps) {
  const { name, group } = label;
  const printed = isShort ? shortened(name, NAME_LENGTH_MAX) : name;
  return (
    <Choice
      isChosen={isChosen}
      isShort={isShort}
      onClick={pick}
      title={printed === name ? undefined : name}
    >
      {colour && <Swatch colour={colour} />}
      <ChoiceName>
        {group && <small>{group} › </small>}
        {printed}
      </ChoiceName>
      {hint && <kbd>{hint.replace("Shift+", "⇧")}</kbd>}
    </Choice>
  );
}

function usePaletteKeys(
  labels: readonly Label[],
  keys: readonly (string | null)[],
  pick: (index: number) => void,
  search: RefObject<HTMLInputElement | null> | null,
): readonly Binding[] {
  return useMemo(() => {
    const bindings = keys.flatMap((key, index): Binding[] =>
      key === null ? [] : [{ key, does: labels[index]?.name ?? "", run: () => pick(index) }],
    );
    if (search) {
      bindings.push({ key: "/", does: "Search the labels", run: () => search.current?.focus() });
    }
    return bindings;
  }, [labels, keys, pick, search]);
}
