/** What was to be written cannot be, and would not be the next time either: the text, not the database, is at fault. */
export class Unprocessable extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = new.target.name;
  }
}
