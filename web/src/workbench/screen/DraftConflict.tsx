import { Button } from "../../shared/Button";
import type { AnyEditor } from "../../editors/editor";
import { TwoAnswers } from "./TwoAnswers";
import styles from "./DraftConflict.module.css";

interface DraftConflictProps {
  editor: AnyEditor;
  params: unknown;
  here: unknown;
  elsewhere: unknown;
  choose: (isOther: boolean) => void;
}

/** Two places went on from the same draft: both are kept until the person has chosen. */
export function DraftConflict(props: DraftConflictProps) {
  const { editor, params, here, elsewhere, choose } = props;
  return (
    <section className={styles.conflict} role="alertdialog" aria-label="Two drafts of this task">
      <p>
        <strong>This task was also worked on elsewhere.</strong> Both are kept until you choose;
        Undo brings back the other one.
      </p>
      <TwoAnswers editor={editor} params={params} answers={{ Here: here, Elsewhere: elsewhere }} />
      <div className={styles.choices}>
        <Button onClick={() => choose(false)}>Go on with this one</Button>
        <Button onClick={() => choose(true)}>Take the other one</Button>
      </div>
    </section>
  );
}
