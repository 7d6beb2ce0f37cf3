import type { MessageReference } from '../../incident-services.ts';
import { mentionsOf } from '../alerts/speak-group.ts';
import { UserMistake } from '../errors.ts';
import { holdIncident, holdOpen } from './change-incident.ts';
import type { IncidentTimerKind } from './incident.ts';
import { type By, type IncidentContext, ofRun } from './incident-context.ts';
import type { IncidentTransaction } from './incident-store.ts';
import { incidentTold } from './speak-incident.ts';

/** @returns whether these words are new to the record. An edited message adds an entry and rewrites none. */
export async function noteInIncident(
  id: string,
  note: {
    readonly text: string;
    readonly message?: MessageReference | undefined;
    readonly permalink?: string | undefined;
  },
  by: By,
  transaction: IncidentTransaction,
): Promise<boolean> {
  const { incidents } = transaction;
  await holdIncident(id, incidents);
  const { text, message, permalink } = note;
  const standing = message === undefined ? 'new' : await incidents.addNote(id, { ...message, text });
  if (standing === 'known') return false;
  const author = message?.author;
  transaction.record([
    {
      kind: standing === 'edited' ? 'incident.note_edited' : 'incident.noted',
      actor: by.person,
      via: by.via,
      ...ofRun(by),
      incidentId: id,
      facts: {
        ...(message === undefined ? {} : { channel: message.channelId, ts: message.ts }),
        ...(author === undefined ? {} : { author }),
        ...(permalink === undefined ? {} : { permalink }),
      },
      private: { note: author === undefined ? text : { text, about: author } },
    },
  ]);
  return true;
}

/** Calls level 2 by hand, however often. */
export async function pageForIncident(
  id: string,
  reason: string,
  by: By,
  { alerts: { escalation }, onCall }: ReturnType<IncidentContext['settings']>,
  transaction: IncidentTransaction & { readonly now: Date },
): Promise<void> {
  const { incidents, now } = transaction;
  const incident = await holdOpen(id, incidents);
  const mentions = mentionsOf(escalation.notify, onCall);
  const isPaged = escalation.pagerduty !== undefined;
  if (mentions.length === 0 && !isPaged) {
    throw new UserMistake(
      'nobody_to_page',
      'Nobody is named to be paged. Give alerts.escalation.notify or alerts.escalation.pagerduty in the settings.',
    );
  }
  if (isPaged) incidents.addPage(id, 'trigger');
  incidents.endTimer(id, 'level2', 'over');
  incidents.save({ ...incident, escalatedAt: now, pagedAt: isPaged ? now : incident.pagedAt });
  // Nobody is pinged by their own action.
  const others = mentions.filter((one) => !('user' in one && one.user === by.person));
  transaction.want(incidentTold(id, { kind: 'level2', mentions: others, by: by.person, reason }, now));
  transaction.record([
    {
      kind: 'incident.paged',
      actor: by.person,
      via: by.via,
      ...ofRun(by),
      incidentId: id,
      isShown: true,
      facts: {
        called: mentions.map((one) => ('user' in one ? one.user : one.usergroup)),
        pagerduty: isPaged,
      },
      private: { reason },
    },
  ]);
}

export async function cancelTimer(
  id: string,
  kind: IncidentTimerKind,
  reason: string,
  by: By,
  transaction: IncidentTransaction,
): Promise<void> {
  const { incidents } = transaction;
  await holdIncident(id, incidents);
  const waiting = (await incidents.manyTimers(id)).filter(({ state }) => state === 'waiting');
  if (!waiting.some((timer) => timer.kind === kind)) {
    const others = waiting.map((timer) => timer.kind).join(', ');
    throw new UserMistake(
      'no_such_timer',
      `No timer "${kind}" waits for ${id}. ${others === '' ? 'None does.' : `There is ${others}.`}`,
    );
  }
  incidents.endTimer(id, kind, 'cancelled');
  transaction.record([
    {
      kind: 'incident.timer_cancelled',
      actor: by.person,
      via: by.via,
      ...ofRun(by),
      incidentId: id,
      facts: { timer: kind },
      private: { reason },
    },
  ]);
}
