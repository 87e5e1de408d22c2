import { Button } from "../../shared/Button";
import { responseLines } from "../../shared/response-lines";
import styles from "./DraftConflict.module.css";

interface DraftConflictProps {
  here: unknown;
  elsewhere: unknown;
  choose: (isOther: boolean) => void;
}

/** Two places went on from the same draft: both are kept until the person has chosen. */
export function DraftConflict({ here, elsewhere, choose }: DraftConflictProps) {
  return (
    <section className={styles.conflict} role="alertdialog" aria-label="Two drafts of this task">
      <p>
        <strong>This task was also worked on elsewhere.</strong> Both are kept until you choose;
        Undo brings back the other one.
      </p>
      <dl className={styles.drafts}>
        <div>
          <dt>Here</dt>
          <Lines response={here} />
        </div>
        <div>
          <dt>Elsewhere</dt>
          <Lines response={elsewhere} />
        </div>
      </dl>
      <div className={styles.choices}>
        <Button onClick={() => choose(false)}>Go on with this one</Button>
        <Button onClick={() => choose(true)}>Take the other one</Button>
      </div>
    </section>
  );
}

function Lines({ response }: { response: unknown }) {
  return responseLines(response).map((line, index) => (
    <dd key={index} dir="auto">
      {line}
    </dd>
  ));
}
