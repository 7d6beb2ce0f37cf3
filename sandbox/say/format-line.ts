import type { ScriptLine } from './parse-line.ts';

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** The line as its author would write it; `parseLine` reads it back to the same. */
export function formatLine(line: ScriptLine): string {
  switch (line.kind) {
    case 'say':
      return `${line.who} in #${line.channel}${line.isInThread ? ' thread' : ''}: ${line.text}`;
    case 'approve':
      return `${line.who} approves`;
    case 'submit':
      return `${line.who} submits`;
    case 'close':
      return `${line.who} closes`;
    case 'deny':
      return `${line.who} denies ${quote(line.reason)}`;
    case 'click':
      return `${line.who} clicks ${quote(line.label)}`;
    case 'use':
      return `${line.who} uses ${quote(line.label)} on ${line.on === undefined ? 'the last message' : quote(line.on)}`;
    case 'fill':
      return `${line.who} fills ${quote(line.label)} with ${quote(line.text)}`;
    case 'alert':
      return `alert ${line.sample}`;
  }
}
