/** Active time: the time near a sign of life, so that a lunch break is nobody's work. */

// Reading a long text without touching anything is still work; beyond this it is a pause.
const PAUSE_MS = 30_000;

export class Clock {
  private total = 0;
  private lastSign: number;

  constructor(
    now: number,
    private readonly pauseMs = PAUSE_MS,
  ) {
    this.lastSign = now;
  }

  /** Something was pressed, moved or scrolled. */
  sign(now: number): void {
    this.total += this.sinceSign(now);
    this.lastSign = now;
  }

  /** The active milliseconds up to now. */
  active(now: number): number {
    return Math.round(this.total + this.sinceSign(now));
  }

  isActive(now: number): boolean {
    return now - this.lastSign < this.pauseMs;
  }

  private sinceSign(now: number): number {
    return Math.min(now - this.lastSign, this.pauseMs);
  }
}
