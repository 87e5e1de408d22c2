/** Whether a question is asked, as the contract words it: lists are or, objects are and. */

/** What was answered to a question; nothing where it is not asked itself. */
export type Answers = (name: string) => readonly unknown[];

export function holds(condition: unknown, answers: Answers): boolean {
  if (Array.isArray(condition)) return condition.some((one) => holds(one, answers));
  if (!condition || typeof condition !== "object") return true;
  return Object.entries(condition).every(([name, wanted]) =>
    name === "not" ? !holds(wanted, answers) : isAnswered(answers(name), wanted),
  );
}

function isAnswered(given: readonly unknown[], wanted: unknown): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => given.includes(one));
  if (wanted && typeof wanted === "object")
    return !isAnswered(given, (wanted as { not?: unknown }).not);
  return given.includes(wanted);
}

interface Question {
  field_id: string;
  conditions?: unknown;
}

/** The questions that are asked, as the others are answered. */
export function asked<Q extends Question>(questions: readonly Q[], answers: Answers): Q[] {
  if (questions.every(({ conditions }) => conditions == null)) return [...questions];
  const byName = new Map(questions.map((one) => [one.field_id, one]));
  const known = new Map<string, boolean>();
  // The server refuses conditions that wait for each other, so this ends.
  const isAsked = (name: string): boolean => {
    const condition = byName.get(name)?.conditions;
    if (condition == null) return true;
    const before = known.get(name);
    if (before !== undefined) return before;
    const found = holds(condition, (other) => (isAsked(other) ? answers(other) : []));
    known.set(name, found);
    return found;
  };
  return questions.filter(({ field_id }) => isAsked(field_id));
}
