/** What annotators do with such a task, known before the editor is fetched. */
export const name = "Compare";
