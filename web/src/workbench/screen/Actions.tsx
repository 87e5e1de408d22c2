interface ActionsProps {
  submit: () => void;
  skip: () => void;
  undo: (() => void) | null;
  redo: (() => void) | null;
}

export function Actions({ submit, skip, undo, redo }: ActionsProps) {
  return (
    <div className="actions">
      <button type="button" className="button" disabled={!undo} onClick={undo ?? undefined}>
        Undo <kbd>z</kbd>
      </button>
      <button type="button" className="button" disabled={!redo} onClick={redo ?? undefined}>
        Redo <kbd>⇧z</kbd>
      </button>
      <button type="button" className="button" onClick={skip}>
        Skip <kbd>s</kbd>
      </button>
      <button type="button" className="button primary submit" onClick={submit}>
        Submit <kbd>Enter</kbd>
      </button>
    </div>
  );
}
