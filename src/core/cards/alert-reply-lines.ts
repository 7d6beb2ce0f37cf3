import type { GroupReply, GroupView } from '../alerts/group.ts';
import type { Mention } from '../alerts/speak-group.ts';
import type { Line, Span } from '../text.ts';
import { countLine } from './alert-lines.ts';
import { mentionRows } from './alert-state-lines.ts';
import { markOf, notification, subject } from './alert-subject.ts';
import { longestCardLine } from './run-card.ts';
import { marked, severityMarks } from './severity-words.ts';

/** What is said in the thread of a card, some of it in the channel too. */
export interface ReplyLines {
  readonly lines: readonly Line[];
  /** At most 90 characters; no mention and no link in it. */
  readonly notification: string;
}

/** Up to so many stand before the first line without pushing its words out. */
const mentionsInFront = 3;

/**
 * A reply in the channel stands without its card: it says what and how many once more.
 * @param mentions whom it wakes, first of all.
 */
export function replyLines(reply: GroupReply, view: GroupView, mentions: readonly Mention[]): ReplyLines {
  const { group } = view;
  const mark = reply.kind === 'worse' ? severityMarks[reply.to] : markOf(group);
  const what = whatHappened(reply);
  const begin = `${marked(mark)} ${what}: `;
  const calls = mentionRows(mentions);
  const isInFront = mentions.length <= mentionsInFront;
  const inFront: Span[] = isInFront ? calls.flatMap((row) => [...row, ' ']) : [];
  const room = longestCardLine - begin.length - (inFront.length / 2) * mentionWidth;
  return {
    lines: [
      ...(isInFront ? [] : calls),
      [...inFront, { bold: `${begin}${subject(group, { limit: room })}` }],
      countLine(group),
      ...reasonLines(reply),
    ],
    notification: notification(`${mark.word} ${what}:`, group),
  };
}

/** What a mention counts for on a line, with the space behind it. */
const mentionWidth = 21;

function whatHappened(reply: GroupReply): string {
  switch (reply.kind) {
    case 'worse':
      return `now, was ${severityMarks[reply.from].word}`;
    case 'reopened':
      return 'again';
    case 'escalated':
      return 'level 2 called';
  }
}

const why = {
  unacknowledged: 'Nobody acknowledged it in time',
  unresolved: 'It did not resolve in time',
} as const;

function reasonLines(reply: GroupReply): Line[] {
  if (reply.kind !== 'escalated') return [];
  if (reply.because !== 'by_hand') return [why[reply.because]];
  return [reply.by === undefined ? 'Called by hand' : ['Called by ', { person: reply.by }]];
}
