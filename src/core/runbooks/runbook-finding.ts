/** Something wrong with a runbook, and where in its file. */
export interface RunbookFinding {
  /** Keys and places from the top of the file: `['steps', 2, 'run']`. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what to do, after the key and a colon. */
  readonly message: string;
  /** What of the value it is about, to find its line in a text of several. */
  readonly quote?: string;
}
