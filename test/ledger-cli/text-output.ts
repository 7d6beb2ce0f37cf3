import { Writable } from 'node:stream';

/** Collects what a command prints. */
export function textOutput(): Writable & { readonly text: () => string } {
  let text = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  return Object.assign(output, { text: () => text });
}
