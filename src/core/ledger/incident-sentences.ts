import type { IncidentTimerKind } from '../incidents/incident.ts';
import { code, type Span } from '../text.ts';
import { actorSpan, calledBy, type Facts, groupSpan, listed, type Teller, timeSpan } from './told-facts.ts';

/** What is told of incidents. Notes, updates, reasons and titles are private and follow the sentence. */
export const incidentTellers: Readonly<Record<string, Teller>> = {
  // As written before incidents had a severity of their own.
  'incident.started': (actor, facts) => [actor, ' started an incident for alert ', groupSpan(facts)],
  'incident.declared': (actor, facts) => [
    actor,
    ` declared ${facts.severity === undefined ? 'an' : `a ${facts.severity}`} incident`,
    ...(facts.target === undefined ? [] : [` on ${facts.target}`]),
    ...(isSaid(facts.tenants) ? [` for ${facts.tenants.join(', ')}`] : []),
    ...(facts.group === undefined ? origin(facts) : [' from alert ', groupSpan(facts)]),
  ],
  'incident.updated': (actor, { status, from }) => [
    actor,
    ' posted an update',
    ...(status === undefined
      ? []
      : [from === undefined || from === status ? ` (still ${status})` : ` (${status}, was ${from})`]),
  ],
  'incident.edited': (actor, facts) => {
    const changes = changesOf(facts);
    return [
      actor,
      ' changed ',
      ...(changes.length === 0
        ? ['the title']
        : changes.flatMap((one, index) => [index === 0 ? '' : ', ', ...one])),
    ].filter((span) => span !== '');
  },
  'incident.alert_linked': (actor, facts) => [
    actor,
    ' linked alert ',
    groupSpan(facts),
    ...(facts.severity === undefined && facts.source === undefined
      ? []
      : [` (${[facts.severity, facts.source].filter((word) => word !== undefined).join(', ')})`]),
    ...(facts.startedAt === undefined ? [] : [', first seen ', timeSpan(facts.startedAt)]),
  ],
  'incident.noted': (actor, { author }) =>
    author === undefined ? [actor, ' noted'] : [actor, ' added a message', ...writtenBy(author)],
  'incident.note_edited': (actor, { author }) => [
    ...(author === undefined ? ['A message'] : ['A message', ...writtenBy(author)]),
    ' on record was edited',
    ...(author === undefined ? [' by ', actor] : []),
  ],
  'incident.resolved': (actor, { override }) => [
    actor,
    ' resolved the incident',
    ...(override === true ? [' although not everything was quiet'] : []),
  ],
  'incident.reopened': (actor) => [actor, ' reopened the incident'],
  'incident.paged': (actor, facts) => [actor, ' called level 2: ', ...calledBy(facts, nobodyNamed)],
  'incident.escalated': (_, facts) => [
    'Level 2 was called: ',
    ...calledBy(facts, nobodyNamed),
    ...(facts.because === 'unresolved' ? ['; it was not resolved in time'] : []),
  ],
  'incident.update_overdue': () => ['A status update was due'],
  'incident.still_firing': (_, { groups = [] }) => [
    'Resolved, and still firing: ',
    ...(groups.length === 0 ? ['alerts linked to it'] : listed(groups.map((id) => code(id)))),
  ],
  'incident.timer_cancelled': (actor, { timer }) => [
    actor,
    ` cancelled ${timerNames.get(timer ?? '') ?? 'a timer'}`,
  ],
  'incident.exported': (actor, { entries }) => [
    actor,
    ' exported a postmortem draft',
    ...(entries === undefined ? [] : [` of ${entries} ${entries === 1 ? 'entry' : 'entries'}`]),
  ],
  'incident.postmortem_due': (_, { left }) => [
    left === '0h'
      ? 'The postmortem was overdue'
      : `The postmortem was due in ${hours.get(left ?? '') ?? 'some hours'}`,
  ],
  'incident.postmortem_published': (actor, { url }) => [
    actor,
    ' published the postmortem',
    ...(url === undefined ? [] : [': ', code(url)]),
  ],
};

const nobodyNamed = 'the settings name no one for it';

const hours = new Map([
  ['24h', '24 hours'],
  ['4h', '4 hours'],
]);

const timerNames = new Map<string, string>(
  Object.entries({
    update_due: 'the status update that was due',
    level2: 'the call of level 2',
    still_firing: 'the second look at its alerts',
    postmortem_24h: 'the reminder of the postmortem, 24 hours before it is due',
    postmortem_4h: 'the reminder of the postmortem, 4 hours before it is due',
    postmortem_due: 'the postmortem that was due',
  } satisfies Record<IncidentTimerKind, string>),
);

function origin({ origin: how }: Facts): readonly Span[] {
  if (how === 'message') return [' from a message'];
  return how === 'break_glass' ? [' by breaking the glass'] : [];
}

function changesOf(facts: Facts): Span[][] {
  const { severity, severityFrom, title, target, tenants, commander, commanderFrom } = facts;
  return [
    ...(severity === undefined
      ? []
      : [[`the severity to ${severity}${severityFrom === undefined ? '' : ` from ${severityFrom}`}`]]),
    ...(commander === undefined
      ? []
      : [
          [
            'the commander to ',
            actorSpan(commander),
            ...(commanderFrom === undefined ? [] : [' from ', actorSpan(commanderFrom)]),
          ],
        ]),
    ...(target === undefined ? [] : [[`the target to ${target}`]]),
    ...(tenants === undefined ? [] : [[`the tenants to ${tenants.join(', ') || 'none'}`]]),
    ...(title === undefined ? [] : [['the title']]),
  ];
}

function writtenBy(author: string): readonly Span[] {
  return [' by ', actorSpan(author)];
}

function isSaid(words: readonly string[] | undefined): words is readonly string[] {
  return words !== undefined && words.length > 0;
}
