/** Active time: the time near some activity, so that a lunch break is nobody's work. */

// Reading a long text without touching anything is still work; beyond this it is a pause.
const PAUSE_MS = 30_000;

export class Clock {
  private total = 0;
  private lastActivity: number;

  constructor(
    now: number,
    private readonly pauseMs = PAUSE_MS,
  ) {
    this.lastActivity = now;
  }

  /** Something was pressed, moved or scrolled. */
  noteActivity(now: number): void {
    this.total += this.sinceActivity(now);
    this.lastActivity = now;
  }

  /** The active milliseconds up to now. */
  active(now: number): number {
    return Math.round(this.total + this.sinceActivity(now));
  }

  isActive(now: number): boolean {
    return now - this.lastActivity < this.pauseMs;
  }

  private sinceActivity(now: number): number {
    return Math.min(now - this.lastActivity, this.pauseMs);
  }
}
