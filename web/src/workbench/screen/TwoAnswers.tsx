import type { AnyEditor } from "../../editors/editor";
import { answerWords } from "../../editors/words";
import styles from "./TwoAnswers.module.css";

interface TwoAnswersProps {
  editor: AnyEditor | null;
  params: unknown;
  /** By what each is called. */
  answers: Readonly<Record<string, unknown>>;
}

/** One answer beside another, in words. */
export function TwoAnswers({ editor, params, answers }: TwoAnswersProps) {
  return (
    <dl className={styles.answers}>
      {Object.entries(answers).map(([title, response]) => (
        <Answer key={title} title={title} lines={answerWords(editor, params, response)} />
      ))}
    </dl>
  );
}

function Answer({ title, lines }: { title: string; lines: readonly string[] }) {
  return (
    <div>
      <dt>{title}</dt>
      {lines.map((line, index) => (
        <dd key={index} dir="auto">
          {line}
        </dd>
      ))}
    </div>
  );
}
