import { Dialog } from "../../shared/Dialog";
import { useKeyList } from "../../shared/keyboard";
import { Button } from "../../shared/Button";
import styles from "./KeysDialog.module.css";

const SIGNS: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
};

/** The keys that work right now; those that do the same stand together. */
export function KeysDialog({ close }: { close: () => void }) {
  const list = useKeyList();
  return (
    <Dialog title="Keys" close={close}>
      <dl className={styles.list} tabIndex={0}>
        {[...Map.groupBy(list(), ({ does }) => does)].map(([does, bindings]) => (
          <div key={does}>
            <dt>
              {bindings.map(({ key }) => (
                <kbd key={key}>{printed(key)}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <Button kind="primary" onClick={close}>
        Close
      </Button>
    </Dialog>
  );
}

function printed(chord: string): string {
  return chord
    .replace(/Arrow\w+/, (name) => SIGNS[name] ?? name)
    .replace("Shift+", "⇧ ")
    .replace("Ctrl+", "Ctrl ");
}
