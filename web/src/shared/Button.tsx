import type { ComponentProps } from "react";
import styles from "./Button.module.css";

interface ButtonProps extends ComponentProps<"button"> {
  /** The one that goes on with the work, or one that keeps in the background. */
  kind?: "primary" | "quiet";
  isLarge?: boolean;
}

export function Button({ kind, isLarge, className, ...rest }: ButtonProps) {
  const classes = [
    styles.button,
    kind === "primary" && styles.primary,
    kind === "quiet" && styles.quiet,
    isLarge && styles.large,
    className,
  ];
  return <button type="button" {...rest} className={classes.filter(Boolean).join(" ")} />;
}
