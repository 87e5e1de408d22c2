import { useCallback, useEffect, useMemo, useRef } from "react";
import { COLOURS } from "../../shared/labels";
import { TaskLayout } from "../../shared/TaskLayout";
import { useKeys } from "../../shared/keyboard";
import { Palette } from "../../shared/Palette";
import { AttributeFields } from "../AttributeFields";
import { unanswered } from "../attributes";
import type { ViewProps } from "../editor";
import { Document, type DocumentHandle } from "./Document";
import { LabelNotes } from "./LabelNotes";
import {
  isSame,
  labelNames,
  type Params,
  pieces as piecesOf,
  type Span,
  type Value,
} from "./spans";
import { useMarking, useMarkingKeys } from "./use-marking";
import { ListRow } from "../../shared/ListRow";
import "./highlights.css";
import styles from "./View.module.css";

export function View({ params, value, act, frame }: ViewProps<Params, Value>) {
  const pieces = useMemo(() => piecesOf(params.text), [params]);
  const names = useMemo(() => labelNames(params), [params]);
  const labels = useMemo(() => names.map((name) => ({ name, group: "" })), [names]);
  const marking = useMarking({ pieces, spans: value, names, act });
  useKeys(useMarkingKeys(marking, pieces, value));

  const places = useMemo(() => new Map(names.map((name, index) => [name, index])), [names]);
  const colourOf = useCallback((name: string) => (places.get(name) ?? 0) % COLOURS, [places]);
  const textRef = useRef<DocumentHandle>(null);
  const { chosen } = marking;
  useEffect(() => {
    if (chosen) textRef.current?.reveal(chosen);
  }, [chosen]);

  const asking = chosen ?? unanswered(params, value);
  const change = useCallback(
    (span: Span, group?: string) =>
      act(
        value.map((one) => (isSame(one, span) ? span : one)),
        group,
      ),
    [act, value],
  );
  const { name } = marking;
  const pick = useCallback((index: number) => name(names[index] ?? ""), [name, names]);
  const inForce = names.indexOf(chosen?.label ?? marking.armed ?? "");
  const text = params.text;
  return (
    <TaskLayout
      frame={frame}
      content={
        <div className={styles.paper}>
          <Document
            handle={textRef}
            pieces={pieces}
            spans={value}
            chosen={chosen}
            cursor={marking.cursor}
            colourOf={colourOf}
            selected={marking.select}
            clicked={marking.click}
          />
        </div>
      }
      panel={
        <>
          <Palette
            title={chosen ? "Name the chosen span" : "Mark as"}
            labels={labels}
            chosen={new Set([inForce])}
            pick={pick}
            colourOf={(label) => `var(--label-${colourOf(label)})`}
          />
          <AttributeFields params={params} mark={asking} change={change} id={placeOf(asking)} />
          <LabelNotes labels={params.labels} />
          <Spans
            spans={value}
            text={text}
            chosen={chosen}
            choose={marking.choose}
            colourOf={colourOf}
          />
        </>
      }
    />
  );
}

function placeOf(span: Span | undefined): string {
  return span ? `${span.start} ${span.end} ${span.label}` : "";
}

interface SpansProps {
  spans: readonly Span[];
  text: string;
  chosen: Span | null;
  choose: (span: Span) => void;
  colourOf: (label: string) => number;
}

// A list of thousands is of no use to read; the text itself shows them all.
const LISTED_MAX = 200;

function Spans({ spans, text, chosen, choose, colourOf }: SpansProps) {
  if (!spans.length) return null;
  return (
    <section aria-label="Spans">
      <h2>
        Spans <small>{spans.length}</small>
      </h2>
      <ul>
        {spans.slice(0, LISTED_MAX).map((span) => (
          <li key={`${span.start} ${span.end} ${span.label}`}>
            <ListRow
              name={text.slice(span.start, Math.min(span.end, span.start + 60))}
              detail={span.label}
              colour={`var(--label-${colourOf(span.label)})`}
              isCurrent={span === chosen}
              choose={() => choose(span)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
