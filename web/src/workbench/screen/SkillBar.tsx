import styles from "./SkillBar.module.css";

interface SkillBarProps {
  accuracy: number;
  lower: number;
  upper: number;
}

const WIDTH = 200;
const HEIGHT = 14;

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** How often somebody is right, from 0 to 1, with the interval that holds it. */
export function SkillBar({ accuracy, lower, upper }: SkillBarProps) {
  const words = `${percent(accuracy)}, between ${percent(lower)} and ${percent(upper)}`;
  return (
    <span className={styles.skill}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={styles.bar} role="img" aria-label={words}>
        <rect className={styles.all} y="5" width={WIDTH} height="4" rx="2" />
        <rect
          className={styles.interval}
          x={lower * WIDTH}
          y="2"
          width={Math.max(2, (upper - lower) * WIDTH)}
          height="10"
          rx="3"
        />
        <rect
          className={styles.mark}
          x={Math.min(accuracy * WIDTH, WIDTH - 3)}
          width="3"
          height={HEIGHT}
        />
      </svg>
      <span aria-hidden="true">{words}</span>
    </span>
  );
}
