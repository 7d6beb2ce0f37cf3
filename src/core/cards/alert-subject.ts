import type { GroupView } from '../alerts/group.ts';
import { boundedText } from '../parse/clean-text.ts';
import { inertText } from './inert-text.ts';
import { longestCardLine } from './run-card.ts';
import { type Mark, marked, resolvedMark, severityMarks } from './severity-words.ts';

type Group = GroupView['group'];

/** What is cut last: each part has a room of its own, so that a megabyte of title hides neither service nor environment. */
const longestOwner = 24;
const longestEnvironment = 20;
const shortestTitle = 20;
/** Read on a phone's lock screen. https://docs.slack.dev/messaging names no figure; longer ones are cut there. */
export const longestSubject = 90;

export function markOf({ state, severity }: Pick<Group, 'state' | 'severity'>): Mark {
  return state === 'resolved' ? resolvedMark : severityMarks[severity];
}

/** `3 firing`, `at least 3 firing`: more were left out by the source than it told us about. */
export function countWords(count: number, state: Group['state'], truncated: number): string {
  return `${truncated > 0 ? 'at least ' : ''}${count} ${state}`;
}

export function titleWords({ title }: Pick<Group, 'title'>, limit = longestCardLine): string {
  return boundedText(title, limit).trim() || 'alert without a title';
}

/** @example subject(group, { limit: 90 }) // 'payments-api: HighErrorRate (production)' */
export function subject(
  group: Pick<Group, 'title' | 'tenant' | 'service' | 'environment'>,
  { limit, after = '' }: { readonly limit: number; readonly after?: string },
): string {
  const title = titleWords(group);
  // A title that says them already is not made to say them twice.
  const parts = { limit: longestOwner, saidBy: title };
  const owner = [part(group.tenant, parts), part(group.service, parts)].filter(isSaid).join(' · ');
  const environment = part(group.environment, { limit: longestEnvironment, saidBy: title });
  const before = owner === '' ? '' : `${owner}: `;
  const behind = `${after}${environment === undefined ? '' : ` (${environment})`}`;
  const room = Math.max(shortestTitle, limit - before.length - behind.length);
  return `${before}${titleWords(group, room)}${behind}`;
}

/** The first line of the card. */
export function headlineOf(group: Group): string {
  const mark = `${marked(markOf(group))} `;
  return `${mark}${subject(group, { limit: longestCardLine - mark.length })}`;
}

/** The line on a phone's lock screen: the word first, then whose it is, what, how many, where. Links nowhere. */
export function notificationOf({ group, silence }: Pick<GroupView, 'group' | 'silence'>): string {
  const { state, firing, resolved, truncated, isFlapping } = group;
  const { word } = markOf(group);
  const isOneOfOne = firing === 1 && resolved === 0 && truncated === 0;
  const after = [
    ...(state === 'resolved' || isOneOfOne ? [] : [countWords(firing, 'firing', truncated)]),
    ...(isFlapping ? ['flapping'] : []),
    ...(silence === undefined ? [] : ['silenced']),
  ];
  return notification(word, group, after);
}

/** @param begin the severity's word and, in a reply, what has happened. */
export function notification(begin: string, group: Group, after: readonly string[] = []): string {
  const words = subject(group, {
    limit: longestSubject - begin.length - 1,
    after: after.map((one) => `, ${one}`).join(''),
  });
  return `${begin} ${inertText(words)}`;
}

function part(
  text: string | undefined,
  { limit, saidBy }: { readonly limit: number; readonly saidBy: string },
): string | undefined {
  const words = boundedText(text ?? '', limit).trim();
  return words === '' || says(saidBy, words) ? undefined : words;
}

/** As a whole word: a title about the "apiserver" does not name the service "api". */
function says(title: string, word: string): boolean {
  const inTitle = ` ${title.toLowerCase()} `;
  const sought = word.toLowerCase();
  for (let at = inTitle.indexOf(sought); at !== -1; at = inTitle.indexOf(sought, at + 1)) {
    const around = `${inTitle[at - 1] ?? ''}${inTitle[at + sought.length] ?? ''}`;
    if (!/[\p{L}\p{N}]/u.test(around)) return true;
  }
  return false;
}

function isSaid(words: string | undefined): words is string {
  return words !== undefined;
}
