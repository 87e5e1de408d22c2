import { ChoiceName, Swatch } from "./Choice";
import styles from "./ListRow.module.css";

/** How high it is, for lists of which only a part exists. */
export const ROW_PX = 30;

interface ListRowProps {
  name: string;
  detail: string;
  colour: string;
  isCurrent: boolean;
  choose: () => void;
}

/** One thing that was drawn or marked, in the list of them all. */
export function ListRow({ name, detail, colour, isCurrent, choose }: ListRowProps) {
  return (
    <button type="button" className={styles.row} aria-current={isCurrent} onClick={choose}>
      <Swatch colour={colour} />
      <ChoiceName>{name}</ChoiceName>
      <small>{detail}</small>
    </button>
  );
}
