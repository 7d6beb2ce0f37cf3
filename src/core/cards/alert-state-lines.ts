import type { GroupView } from '../alerts/group.ts';
import type { Mention } from '../alerts/speak-group.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { Span } from '../text.ts';

/** As many as stand on a line without being cut: a mention that is cut wakes nobody. */
const mentionsPerRow = 8;
/** A route that calls more should name a user group. */
const mostMentions = 16;

/** The mentions in rows that are not cut. @example mentionRows([{ user: 'U0ADA' }]) // [[{ user: 'U0ADA' }]] */
export function mentionRows(mentions: readonly Mention[]): Span[][] {
  const called = mentions.slice(0, mostMentions);
  const rows: Span[][] = [];
  for (let at = 0; at < called.length; at += mentionsPerRow) {
    rows.push(
      called
        .slice(at, at + mentionsPerRow)
        .flatMap((mention, index): Span[] => [
          ...(index === 0 ? [] : [' ']),
          'user' in mention ? { user: mention.user } : { usergroup: mention.usergroup },
        ]),
    );
  }
  const left = mentions.length - called.length;
  if (left > 0) rows.at(-1)?.push(` and ${left} not called`);
  return rows;
}

/** Whom the card wakes. An edit wakes nobody a second time. */
export function mentionLines({ group, mentions }: GroupView): Span[][] {
  const isAwaited = group.state === 'firing' && group.acknowledgedBy === undefined;
  return mentionRows(mentions).map((row, index) =>
    index === 0 ? [isAwaited ? 'Calling ' : 'Called ', ...row] : row,
  );
}

const whyLevel2 = {
  unacknowledged: 'nobody acknowledged it in time',
  unresolved: 'it did not resolve in time',
  by_hand: 'by hand',
} as const;

/** Who has it, who was called, what people have said about it; what matters most first. */
export function peopleLines({ group, pagedAt }: GroupView): Span[][] {
  const { acknowledgedBy, acknowledgedAt, escalatedAt, escalatedBecause, severitySetBy } = group;
  const why = escalatedBecause === undefined ? '' : `: ${whyLevel2[escalatedBecause]}`;
  return [
    ...(acknowledgedBy === undefined
      ? []
      : [['Acknowledged by ', { person: acknowledgedBy }, ...at(acknowledgedAt)]]),
    ...(escalatedAt === undefined ? [] : [['Level 2 called ', { date: escalatedAt }, why]]),
    ...(severitySetBy === undefined ? [] : [['Severity set by ', { person: severitySetBy }]]),
    ...(pagedAt === undefined ? [] : [['Paged ', { date: pagedAt }]]),
  ];
}

const longestNote = 100;
const longestReason = 90;

/** Why it is quiet, how it ends, and what it does on its own. */
export function conditionLines({ group, silence }: GroupView): Span[][] {
  return [
    ...(silence === undefined
      ? []
      : [
          [
            'Silenced until ',
            { date: silence.until },
            ' by ',
            { person: silence.owner },
            `: ${boundedText(silence.reason, longestReason)}`,
          ] as Span[],
        ]),
    ...endLines(group),
    ...returnLines(group),
    ...(group.note === undefined || group.note.trim() === ''
      ? []
      : [[`${boundedText(group.source, 40)}: ${boundedText(group.note, longestNote)}`]]),
  ];
}

function returnLines({ isFlapping, reopenedCount }: GroupView['group']): Span[][] {
  const back = `came back ${times(reopenedCount)}`;
  if (isFlapping) return [[`Flapping: ${reopenedCount > 0 ? back : 'it fires and resolves by turns'}`]];
  return reopenedCount > 0 ? [[`C${back.slice(1)}`]] : [];
}

function endLines({ state, source, quietMinutes, resolvedBy }: GroupView['group']): Span[][] {
  const quiet = quietMinutes === undefined ? undefined : `${quietMinutes} min of quiet`;
  const never = `${boundedText(source, 40)} never says so`;
  if (state === 'firing') return quiet === undefined ? [] : [[`Resolves after ${quiet}: ${never}`]];
  if (resolvedBy === undefined || resolvedBy === source) return [];
  if (/^[UW][A-Z0-9]+$/.test(resolvedBy)) return [['Closed by hand by ', { person: resolvedBy }]];
  return quiet === undefined ? [] : [[`Taken as resolved after ${quiet}: ${never}`]];
}

function at(moment: Date | undefined): Span[] {
  return moment === undefined ? [] : [' ', { date: moment }];
}

function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}
