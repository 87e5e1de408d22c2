/** The labels to choose from: by number key, by click, or by search when they are many. */

import { useMemo, useRef, useState } from "react";
import { type Binding, labelKeys } from "./keys";
import { type Label, matchingLabels } from "./labels";
import { useKeys } from "./keyboard";
import { Choice, ChoiceName, Choices, Swatch } from "./Choice";
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

export function Palette({ title, labels, chosen, pick, colourOf }: PaletteProps) {
  const [query, setQuery] = useState("");
  const search = useRef<HTMLInputElement>(null);
  const isLong = labels.length >= SEARCH_FROM;
  const keys = useMemo(() => labelKeys(labels.map(({ name }) => name)), [labels]);
  useKeys(usePaletteKeys(labels, keys, pick, isLong ? search : null));
  const shown = matchingLabels(labels, query);
  const pickFirst = () => {
    const first = shown[0];
    if (first !== undefined) pick(first);
    setQuery("");
    search.current?.blur();
  };
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {isLong && (
        <div className={styles.search}>
          <input
            ref={search}
            type="search"
            aria-label="Search the labels"
            placeholder="Search"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) pickFirst();
              else if (event.key === "Escape") search.current?.blur();
              else return;
              event.preventDefault();
            }}
          />
          <kbd>/</kbd>
        </div>
      )}
      <Choices>
        {shown.map((index) => (
          <LabelChoice
            key={index}
            label={labels[index] as Label}
            hint={keys[index] ?? null}
            isChosen={chosen.has(index)}
            colour={colourOf?.(labels[index]?.name ?? "") ?? null}
            pick={() => pick(index)}
          />
        ))}
      </Choices>
    </section>
  );
}

interface LabelChoiceProps {
  label: Label;
  hint: string | null;
  isChosen: boolean;
  colour: string | null;
  pick: () => void;
}

function LabelChoice({ label, hint, isChosen, colour, pick }: LabelChoiceProps) {
  return (
    <Choice isChosen={isChosen} onClick={pick}>
      {colour && <Swatch colour={colour} />}
      <ChoiceName>
        {label.group && <small>{label.group} › </small>}
        {label.name}
      </ChoiceName>
      {hint && <kbd>{hint.replace("Shift+", "⇧")}</kbd>}
    </Choice>
  );
}

function usePaletteKeys(
  labels: readonly Label[],
  keys: readonly (string | null)[],
  pick: (index: number) => void,
  search: React.RefObject<HTMLInputElement | null> | null,
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
