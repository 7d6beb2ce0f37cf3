import { readStatusLine, type StatusLine } from '../../core/alerts/status-line.ts';

/** What is kept of a run's logs: its reports and how many other lines there were, never their text. */
export interface RunLog {
  readonly lines: readonly StatusLine[];
  /** Lines with text that are no reports. */
  readonly unread: number;
  /** Of steps that failed. */
  readonly exitCodes: readonly number[];
}

/** Longer lines are no reports; only their length is kept while they pass. */
const longestLine = 4_000;
/** A report printed in a loop must not fill the memory; the first ones say how it began, the last ones how it ended. */
const mostLines = 2_000;

// GitHub puts a time before every line, and a byte order mark before the first.
const timestamp = /^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ?/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences (ECMA-48).
const colour = /\u001b\[[0-9;]{0,20}m/g;
const exitCode = /^##\[error\]Process completed with exit code (\d{1,3})\.$/;

/**
 * Reads logs as GitHub's runner writes them, piece by piece.
 *
 * What stands between `##[group]Run …` and `##[endgroup]` is the step's own script and environment, echoed before it runs:
 * `echo "db_bootstrap status=ok"` there has not been said by anyone.
 */
export class RunLogReader {
  private readonly lines: StatusLine[] = [];
  private readonly exitCodes: number[] = [];
  private unread = 0;
  private rest = '';
  private isTooLong = false;
  private isInScript = false;

  /** Pieces of one job's log, cut anywhere but inside a character. */
  write(text: string): void {
    const pieces = text.split('\n');
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) this.endLine();
      if (this.rest.length + piece.length > longestLine) {
        this.isTooLong = true;
        this.rest = '';
      } else if (!this.isTooLong) this.rest += piece;
    }
  }

  /** The job's log is at its end. */
  endJob(): void {
    this.endLine();
    this.isInScript = false;
  }

  result(): RunLog {
    return { lines: this.lines, unread: this.unread, exitCodes: this.exitCodes };
  }

  private endLine(): void {
    const line = this.rest;
    const wasTooLong = this.isTooLong;
    this.rest = '';
    this.isTooLong = false;
    if (wasTooLong) {
      this.unread += 1;
      return;
    }
    this.readLine(line.replace(timestamp, '').replace(colour, '').trim());
  }

  private readLine(text: string): void {
    if (text.startsWith('##[group]Run ')) this.isInScript = true;
    else if (text.startsWith('##[endgroup]')) this.isInScript = false;
    else if (!this.isInScript && text !== '') {
      const code = exitCode.exec(text)?.[1];
      const line = code === undefined ? readStatusLine(text) : undefined;
      if (code !== undefined) this.exitCodes.push(Number(code));
      else if (line === undefined) this.unread += 1;
      else {
        this.lines.push(line);
        if (this.lines.length > mostLines) {
          this.lines.splice(mostLines / 2, 1);
          this.unread += 1;
        }
      }
    }
  }
}
