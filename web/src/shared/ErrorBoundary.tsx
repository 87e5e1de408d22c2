import { Component, type ReactNode } from "react";

interface ErrorBoundaryProps {
  /** What to show instead when a task's screen breaks. */
  fallback: (message: string) => ReactNode;
  children: ReactNode;
}

/** Keeps a task that cannot be drawn from taking the whole workbench down. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { message: string | null }> {
  override state = { message: null };

  static getDerivedStateFromError(error: unknown): { message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { message } = this.state;
    return message === null ? this.props.children : this.props.fallback(message);
  }
}
