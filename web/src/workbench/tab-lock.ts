/** One tab at a time: whoever holds the lock works, and another tab may take it over. */

const LOCK = "evenhand-bench";
// A reloaded page meets the lock of the page it replaces, for a moment.
const PATIENCE_MS = 250;
export type Hold = "asking" | "ours" | "elsewhere";

export class TabLock {
  private release = () => {};
  private readonly released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  constructor(
    private readonly locks: LockManager,
    private readonly changed: (hold: Hold) => void,
  ) {}

  /** Take the lock if no other tab has it. */
  ask(): void {
    this.request({ signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  /** Take the lock from whichever tab has it. */
  takeOver(): void {
    this.request({ steal: true });
  }

  /** Leave the lock to others: this tab is done with it. */
  close(): void {
    this.release();
  }

  private request(options: LockOptions): void {
    const held = async () => {
      this.changed("ours");
      await this.released;
    };
    // Rejected when another tab has it, or takes it over later.
    this.locks.request(LOCK, options, held).catch(() => this.changed("elsewhere"));
  }
}
