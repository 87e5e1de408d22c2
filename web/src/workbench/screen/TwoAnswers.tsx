import { responseLines } from "../../shared/response-lines";
import styles from "./TwoAnswers.module.css";

/** What was answered beside what was expected, in words. */
export function TwoAnswers({ yours, expected }: { yours: unknown; expected: unknown }) {
  return (
    <dl className={styles.answers}>
      <Answer title="Yours" response={yours} />
      <Answer title="Expected" response={expected} />
    </dl>
  );
}

function Answer({ title, response }: { title: string; response: unknown }) {
  return (
    <div>
      <dt>{title}</dt>
      {responseLines(response).map((line, index) => (
        <dd key={index} dir="auto">
          {line}
        </dd>
      ))}
    </div>
  );
}
