import { Fault } from './core/errors.ts';

/**
 * The lines of a file or stream, without their ends, in memory of one line. `node:readline` has no bound: a file
 * without a line end would be read whole.
 *
 * @param name what the source is called in the error.
 * @throws Fault `line_too_long` past `maxLineBytes`, 8 MiB by default: a ledger line is at most a few 100 KiB.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  name: string,
  maxLineBytes = 8 * 1024 * 1024,
): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8');
      rest = [];
      restBytes = 0;
      from = end + 1;
    }
    rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > maxLineBytes) {
      throw new Fault(
        'line_too_long',
        `"${name}" holds a line of more than ${maxLineBytes} bytes, so it is not such a file.`,
      );
    }
  }
  if (restBytes > 0) yield Buffer.concat(rest).toString('utf8');
}
