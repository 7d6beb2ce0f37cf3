import type { Json, RoleMembers } from '../../command.ts';
import { headlineId } from '../incidents/deeds.ts';
import type { Place, WantedMessage } from '../message.ts';
import type { Run } from '../run.ts';
import { cardId, privatePlaceOf } from '../speak.ts';
import type { Line } from '../text.ts';

/** Who is told what of a change, and where. Everything is drawn from the run as it is when it is sent. */

/** What one person is told of a moment that is over by the time they read it. */
export const notices = [
  'approved',
  'denied',
  'cancelled',
  'expired',
  'signatures_void',
  'waiting_for_lock',
  'lock_is_free',
  'broke_glass',
  'settled',
] as const;
export type Notice = (typeof notices)[number];

/** Whether the channel it was asked in is the one where signatures are given: then one card does for both. */
export function isAskedWhereSigned(
  { origin, via, incidentId }: Pick<Run, 'origin' | 'via' | 'incidentId'>,
  ops: string,
): boolean {
  if (via === 'cli') return false;
  if (incidentId !== undefined) return origin.isIncidentThread === true;
  return origin.channelId === ops && origin.threadTs === undefined;
}

/** The card where it was asked, and the one where signatures are given when that is another place. */
export function changeCards(run: Run, ops: string): WantedMessage[] {
  const cards: WantedMessage[] = [];
  const isOne = isAskedWhereSigned(run, ops);
  const signed = placeOfSigning(run, ops);
  const origin = isOne && run.incidentId !== undefined ? signed : originOf(run);
  if (origin !== undefined) cards.push({ id: cardId(run.id), place: origin, urgency: 'decision' });
  if (!isOne) cards.push({ id: `run:${run.id}:approval`, place: signed, urgency: 'decision' });
  return cards;
}

/** An incident's thread has what belongs to it; the channel sees what waits for a signature all the same. */
function placeOfSigning({ incidentId }: Run, ops: string): Place {
  return incidentId === undefined
    ? { kind: 'channel', channelId: ops }
    : { kind: 'thread_of', messageId: headlineId(incidentId), isBroadcast: true };
}

/** The preview, for the one who asked to confirm: in the form it was asked with, else as a card where it was asked. */
export function previewOf(run: Run): WantedMessage[] {
  if (run.origin.viewId !== undefined) return [viewOf(run, run.origin.viewId)];
  const place = originOf(run);
  return place === undefined ? [] : [{ id: cardId(run.id), place, urgency: 'decision' }];
}

function viewOf(run: Run, viewId: string): WantedMessage {
  return { id: `run:${run.id}:view`, place: { kind: 'view', viewId }, urgency: 'decision' };
}

function originOf(run: Run): Place | undefined {
  const { channelId, threadTs, responseUrl } = run.origin;
  if (run.via === 'cli') return undefined;
  if (channelId === undefined) return { kind: 'dm', userId: run.requester };
  return {
    kind: 'channel',
    channelId,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(responseUrl === undefined ? {} : { responseUrl }),
  };
}

/** A DM to each person who could sign, in the order given. */
export function signerMessages(
  runId: string,
  what: 'ask' | 'remind',
  signers: readonly string[],
): WantedMessage[] {
  return signers
    .filter((id) => !id.startsWith('cli:'))
    .map((userId) => ({
      id: `run:${runId}:${what}:${userId}`,
      place: { kind: 'dm', userId },
      urgency: 'decision',
    }));
}

/** Tells the one who asked what somebody else decided; nobody is told of their own action. */
export function tellRequester(run: Run, notice: Notice, by: string | undefined): WantedMessage[] {
  if (run.requester === by || run.requester.startsWith('cli:')) return [];
  // In an incident the card in its thread says so, and nothing is asked of them.
  if (notice === 'approved' && run.incidentId !== undefined) return [];
  return [
    {
      id: `run:${run.id}:told:${notice}`,
      place: { kind: 'dm', userId: run.requester },
      urgency: 'decision',
      content: { notice, ...(by === undefined ? {} : { by }) },
    },
  ];
}

/** An answer to one click or request, which is a view of nothing. */
export function replyTo(
  asked: { readonly key: string; readonly person: string; readonly origin: Run['origin'] },
  line: Line,
): WantedMessage[] {
  const { channelId, threadTs, responseUrl } = asked.origin;
  if (asked.person.startsWith('cli:')) return [];
  const place: Place =
    channelId === undefined
      ? { kind: 'dm', userId: asked.person }
      : {
          kind: 'ephemeral',
          channelId,
          userId: asked.person,
          ...(threadTs === undefined ? {} : { threadTs }),
          ...(responseUrl === undefined ? {} : { responseUrl }),
        };
  return [{ id: `inbox:${asked.key}:answer`, place, urgency: 'decision', content: { line: line as Json } }];
}

/** Everyone who could sign, once each. */
export function signersIn(roles: readonly RoleMembers[]): string[] {
  return [...new Set(roles.flatMap(({ users }) => users))];
}

/** The card of another run, without its buttons, for the one who asked for the same. */
export function copyOfCard(of: Run, asked: Run): WantedMessage[] {
  const place = privatePlaceOf(asked);
  return place === undefined ? [] : [{ id: `run:${of.id}:copy:${asked.id}`, place, urgency: 'decision' }];
}

/** Everyone who was sent the request to sign. */
export function askedIn({ terms }: Pick<Run, 'terms'>): string[] {
  return signersIn(terms?.approvers ?? []);
}
