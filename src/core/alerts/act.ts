import { replyTo } from '../change/speak-change.ts';
import type { InboxEntry } from '../inbox.ts';
import { declareIncident } from '../incidents/declare.ts';
import { fromAlert } from '../incidents/prefill.ts';
import type { LedgerKind } from '../ledger/kinds.ts';
import { Superseded } from '../store.ts';
import type { Line } from '../text.ts';
import { code, person as personSpan } from '../text.ts';
import type { AlertContext } from './alert-context.ts';
import type { AlertRequest } from './alert-request.ts';
import type { AlertTransaction } from './alert-store.ts';
import { type Announcements, announcements, over, publish, refresh } from './announce.ts';
import { callLevel2 } from './escalate.ts';
import { withFlip } from './flapping.ts';
import { noneFiring } from './fold-member.ts';
import type { StoredGroup } from './group.ts';
import { raised } from './raise.ts';
import { whyMayNotRespond } from './responders.ts';
import { beginSilence } from './silences.ts';

/** What came of it, in the words of the one who acted; undefined: the card says it. */
type Answer = Line | undefined;

/** Does what a person asked of a group. Safe to repeat: the request is taken in the transaction that decides. */
export async function act(entry: InboxEntry, request: AlertRequest, context: AlertContext): Promise<void> {
  const refusal = await whyMayNotRespond(request.requester, context);
  try {
    await context.store.transaction(async (transaction) => {
      transaction.takeInboxEntry(entry.key);
      const group = refusal === undefined ? await transaction.maybeGroup(request.groupId) : undefined;
      const out = announcements();
      const answer = refusal ?? (await decide(group, request, context, out, transaction));
      if (answer !== undefined) {
        const asked = { key: entry.key, person: request.requester, origin: request.origin };
        for (const message of replyTo(asked, answer)) transaction.want(message);
      }
      publish(out, transaction);
    });
  } catch (error) {
    // Another worker held the same entry, or the person was told that nothing is done.
    if (!(error instanceof Superseded)) throw error;
  }
}

async function decide(
  group: StoredGroup | undefined,
  request: AlertRequest,
  context: AlertContext,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<Answer> {
  const { act: wish, requester } = request;
  if (group === undefined) {
    return `The alert "${request.groupId}" is not known here any more, so nothing was done.`;
  }
  switch (wish.action) {
    case 'acknowledge':
      return acknowledge(group, request, out, transaction);
    case 'close':
      return close(group, request, out, transaction);
    case 'set_severity': {
      if (group.state === 'resolved') return alreadyOver(group);
      if (group.severity === wish.severity) return `It is ${wish.severity} already.`;
      note(
        'alert.severity_set',
        group,
        request,
        out,
        { from: group.severity, to: wish.severity },
        wish.reason,
      );
      const changed = { ...group, severity: wish.severity, severitySetBy: requester };
      return keep(await raised(changed, requester, context.settings(), out, transaction), out);
    }
    case 'escalate':
      if (group.state === 'resolved') return alreadyOver(group);
      if (group.escalatedAt !== undefined) return 'Level 2 has been called already.';
      keep(callLevel2(group, 'by_hand', requester, context.settings(), out, transaction), out);
      return undefined;
    case 'silence': {
      const { minutes, reason } = wish;
      const only = { source: group.source, key: group.key };
      await beginSilence(
        { group: only, match: {}, owner: requester, reason, minutes },
        { actor: requester, via: request.via },
        out,
        transaction,
      );
      return undefined;
    }
    case 'start_incident':
      return startIncident(group, request, context, out, transaction);
    case 'suggestion':
      return 'This alert suggests nothing any more.';
  }
}

function acknowledge(
  group: StoredGroup,
  request: AlertRequest,
  out: Announcements,
  transaction: AlertTransaction,
): Answer {
  if (group.state === 'resolved') return alreadyOver(group);
  const { acknowledgedBy } = group;
  if (acknowledgedBy === request.requester) return 'You have acknowledged it already.';
  if (acknowledgedBy !== undefined) return [personSpan(acknowledgedBy), ' has acknowledged it already.'];
  if (group.pagedAt !== undefined) transaction.addPage(group.id, 'acknowledge');
  note('alert.acknowledged', group, request, out, { severity: group.severity });
  return keep({ ...group, acknowledgedBy: request.requester, acknowledgedAt: transaction.now }, out);
}

/** By hand: for what the source will never close. If it fires again it comes back. */
function close(
  group: StoredGroup,
  request: AlertRequest,
  out: Announcements,
  transaction: AlertTransaction,
): Answer {
  if (group.state === 'resolved') return alreadyOver(group);
  note('alert.closed', group, request, out, { firing: group.firing });
  return keep(closed(group, request.requester, transaction), out);
}

/** Every alert of it counts as resolved, whoever says so. */
export function closed(group: StoredGroup, by: string, transaction: AlertTransaction): StoredGroup {
  transaction.resolveMembers(group.id, transaction.now);
  return over(
    {
      ...group,
      state: 'resolved',
      counts: noneFiring,
      firing: 0,
      resolved: group.resolved + group.firing,
      resolvedAt: transaction.now,
      resolvedBy: by,
      flips: withFlip(group.flips, transaction.now),
    },
    transaction,
  );
}

async function startIncident(
  group: StoredGroup,
  request: AlertRequest,
  context: AlertContext,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<Answer> {
  const known = await transaction.incidents.maybeOfGroup(group.id);
  if (known !== undefined) {
    return [
      personSpan(known.declaredBy),
      ' declared incident ',
      code(known.id),
      ' for it already, ',
      { date: known.declaredAt },
      '. Its headline is linked on the card.',
    ];
  }
  const id = context.newIncidentId();
  out.entries.push(
    ...declareIncident(
      {
        ...fromAlert(group, context.targets()),
        id,
        origin: 'alert',
        by: request.requester,
        via: request.via,
        group: { id: group.id, source: group.source, severity: group.severity, startedAt: group.openedAt },
      },
      context.settings(),
      transaction,
    ),
  );
  return keep({ ...group, incidentId: id }, out);
}

function alreadyOver({ resolvedAt }: StoredGroup): Answer {
  return resolvedAt === undefined
    ? 'It has resolved already.'
    : ['It resolved already, ', { date: resolvedAt }, '.'];
}

function keep(group: StoredGroup, out: Announcements): undefined {
  out.groups.set(group.id, group);
  // A person waits to see it.
  refresh(group, 'critical', out);
}

function note(
  kind: LedgerKind,
  { id, source }: StoredGroup,
  { requester, via }: AlertRequest,
  out: Announcements,
  facts: Record<string, string | number>,
  reason?: string,
): void {
  out.entries.push({
    kind,
    actor: requester,
    via,
    facts: { group: id, source, ...facts },
    ...(reason === undefined ? {} : { private: { reason } }),
  });
}
