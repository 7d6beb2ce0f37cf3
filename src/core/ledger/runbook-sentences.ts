import { channel, code, type Span } from '../text.ts';
import { actorSpan, type Facts, listed, type Teller, timeSpan } from './told-facts.ts';

/** What is told of guided runbooks. Evidence and reasons are private and follow the sentence. */
export const runbookTellers: Readonly<Record<string, Teller>> = {
  'runbook.started': (actor, facts) => [
    actor,
    ' started runbook ',
    runbook(facts),
    ...(facts.version === undefined ? [] : [' at version ', code(facts.version)]),
    ...(facts.owners === undefined || facts.owners.length === 0
      ? []
      : [', owned by ', ...listed(facts.owners.map(actorSpan))]),
  ],
  'runbook.attested': (actor, facts) => [actor, ' attested ', ...step(facts)],
  'runbook.skipped': (actor, facts) => [actor, ' skipped ', ...step(facts)],
  'runbook.assigned': (actor, facts) => [
    actor,
    ' assigned ',
    ...step(facts),
    ...(facts.to === undefined ? [] : [' to ', actorSpan(facts.to)]),
  ],
  'runbook.message_sent': (actor, facts) => [
    actor,
    ' sent ',
    ...(facts.template === undefined ? ['a message'] : ['message ', code(facts.template)]),
    ...(facts.channel === undefined ? [] : [' to ', channelSpan(facts.channel)]),
    ' for ',
    ...step(facts),
  ],
  'runbook.wait_begun': (actor, facts) => [
    actor,
    ' began to wait in ',
    ...step(facts),
    ...(facts.until === undefined ? [] : [' until ', timeSpan(facts.until)]),
  ],
  'runbook.wait_ended': (_, facts) => [
    'The wait in ',
    ...step(facts),
    ` ended${facts.outcome === undefined ? '' : `: ${facts.outcome}`}`,
  ],
  'runbook.guard_overridden': (actor, facts) => [
    actor,
    ' let ',
    ...step(facts),
    ' begin',
    ...(facts.requires === undefined || facts.requires.length === 0
      ? [' against its guard']
      : [' although this had not come out well: ', ...listed(facts.requires.map((id) => code(id)))]),
  ],
  'runbook.finished': (actor, facts) => [
    actor,
    ' finished runbook ',
    runbook(facts),
    ...(facts.done === undefined || facts.of === undefined
      ? []
      : [`, ${facts.done} of ${facts.of} steps done`]),
  ],
  'runbook.stopped': (actor, facts) => [actor, ' stopped runbook ', runbook(facts)],
  'runbook.review_due': (_, facts) => [
    'Runbook ',
    runbook(facts),
    ' was due to be read again',
    ...(facts.reviewBy === undefined ? [] : [` by ${facts.reviewBy}`]),
  ],
};

function runbook({ runbook: name }: Facts): Span {
  return code(name ?? 'of an unknown name');
}

/** `“Restart the backend”, step backend of rollback` */
function step(facts: Facts): readonly Span[] {
  const { step: id, title } = facts;
  return [
    ...(title === undefined || title === '' ? [] : [`“${title}”, `]),
    'step ',
    code(id ?? 'of an unknown name'),
    ' of ',
    runbook(facts),
  ];
}

function channelSpan(name: string): Span {
  return /^[CG][A-Z0-9]{2,30}$/.test(name) ? channel(name) : name;
}
