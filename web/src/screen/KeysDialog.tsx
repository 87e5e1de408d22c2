import { Dialog } from "./Dialog";
import { useKeyList } from "./keyboard";

export function KeysDialog({ close }: { close: () => void }) {
  const list = useKeyList();
  return (
    <Dialog title="Keys" close={close}>
      <dl className="key-list">
        {list().map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key.replaceAll("Shift+", "⇧ ").replaceAll("Ctrl+", "Ctrl ")}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="button primary" onClick={close}>
        Close
      </button>
    </Dialog>
  );
}
