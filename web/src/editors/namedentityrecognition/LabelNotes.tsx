import type { Params } from "./spans";

/** What the customer says of each label beside its name. */
export function LabelNotes({ labels }: Pick<Params, "labels">) {
  const described = labels.filter((label) => typeof label !== "string" && label.description) as {
    name: string;
    description: string;
  }[];
  if (!described.length) return null;
  return (
    <details>
      <summary>What the labels mean</summary>
      <dl>
        {described.map(({ name, description }) => (
          <div key={name}>
            <dt dir="auto">{name}</dt>
            <dd dir="auto">{description}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
