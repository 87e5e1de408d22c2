import styles from "./Logo.module.css";

/** The product's logo. */
export function Logo() {
  return (
    <svg className={styles.logo} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8 12h16M8 20h16" />
    </svg>
  );
}
