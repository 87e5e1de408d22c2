import type { ComponentProps } from "react";
import ReactMarkdown from "react-markdown";
import rehypeSanitize from "rehype-sanitize";

// Links open elsewhere, so that a stray click costs no work; pictures from other hosts would
// tell them who reads what, so their description stands in their place.
const COMPONENTS: ComponentProps<typeof ReactMarkdown>["components"] = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  ),
  img: ({ alt }) => <em>{alt || "picture"}</em>,
};

/** Markdown from outside, as elements; its HTML is never run. */
export default function Markdown({ text }: { text: string }) {
  return (
    <ReactMarkdown rehypePlugins={[rehypeSanitize]} components={COMPONENTS}>
      {text}
    </ReactMarkdown>
  );
}
