import { useCallback, useEffect, useMemo, useRef } from "react";
import { COLOURS, shortened } from "../../shared/labels";
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
import { ListRow, ROW_PX } from "../../shared/ListRow";
import { Rows } from "../../shared/Rows";
import { Spoken } from "../../shared/Spoken";
import "./highlights.css";
import styles from "./View.module.css";

export function View({ params, value, act, say, frame }: ViewProps<Params, Value>) {
  const pieces = useMemo(() => piecesOf(params.text), [params]);
  const names = useMemo(() => labelNames(params), [params]);
  const labels = useMemo(() => names.map((name) => ({ name, group: "" })), [names]);
  const marking = useMarking({ pieces, spans: value, names, act, say });
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
  const { name, select, arm } = marking;
  const pick = useCallback(
    (index: number) => {
      const label = names[index] ?? "";
      const touched = textRef.current?.selection();
      if (!touched) return name(label);
      select(touched.start, touched.end, false, label);
      arm(label);
      getSelection()?.removeAllRanges();
    },
    [name, select, arm, names],
  );
  const inForce = names.indexOf(chosen?.label ?? marking.armed ?? "");
  const text = params.text;
  return (
    <TaskLayout
      frame={frame}
      content={
        <div className={styles.paper}>
          <Spoken>{spoken(value, chosen, text)}</Spoken>
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

const QUOTED = 60;

function spoken(spans: readonly Span[], chosen: Span | null, text: string): string {
  if (!chosen) return "";
  const quoted = text.slice(chosen.start, Math.min(chosen.end, chosen.start + QUOTED));
  return `Span ${spans.indexOf(chosen) + 1} of ${spans.length}: ${chosen.label}, ${quoted}`;
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

const HEIGHT_PX = 300;
const DETAIL_LENGTH_MAX = 24;

function Spans({ spans, text, chosen, choose, colourOf }: SpansProps) {
  if (!spans.length) return null;
  const at = chosen ? spans.indexOf(chosen) : -1;
  return (
    <section aria-label="Spans">
      <h2>
        Spans <small>{spans.length}</small>
      </h2>
      <Rows
        count={spans.length}
        rowPx={ROW_PX}
        mostPx={HEIGHT_PX}
        current={at < 0 ? null : at}
        row={(index) => {
          const span = spans[index] as Span;
          return (
            <ListRow
              name={text.slice(span.start, Math.min(span.end, span.start + QUOTED))}
              detail={shortened(span.label, DETAIL_LENGTH_MAX)}
              colour={`var(--label-${colourOf(span.label)})`}
              isCurrent={index === at}
              choose={() => choose(span)}
            />
          );
        }}
      />
    </section>
  );
}
