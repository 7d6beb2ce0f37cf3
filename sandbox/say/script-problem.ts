/** The script cannot go on as written; the message is the sentence people read. */
export class ScriptProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}
