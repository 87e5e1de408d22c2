import { Page } from "../../shared/Page";
import styles from "./EmptyQueue.module.css";

/** Nothing to do, or nothing yet. */
export function EmptyQueue({ isEmpty }: { isEmpty: boolean }) {
  if (!isEmpty) return <Page />;
  return (
    <Page>
      <svg className={styles.tick} viewBox="0 0 64 64" aria-hidden="true">
        <circle cx="32" cy="32" r="26" />
        <path d="M21 33l8 8 15-17" />
      </svg>
      <h2>All done for now</h2>
      <p>There is no task for you at the moment. New ones appear here by themselves.</p>
    </Page>
  );
}
